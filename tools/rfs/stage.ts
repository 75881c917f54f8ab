// Documents on their way through a transform: hundreds are gathered, changed, and given on in their order. While some
// are in the sandbox, the next ones are read.
import type { StoredDocument } from '../lucene/document.ts'
import type { Line } from './bulk-batch.ts'
import { lineOf, type Unsendable } from './document-lines.ts'
import { type DocumentTransform, TRANSFORM_BATCH } from './transform-documents.ts'

export type Known = Pick<StoredDocument, 'doc' | 'id' | 'type' | 'routing' | 'sourceLength'>
export type Staged = { document: Known; line: Line | Unsendable | 'dropped' }

/** Gathered sources are held at once, twice over, so a few large ones are enough. */
const STAGE_BYTES = 4 << 20

type Waiting = { document: Known; source: Uint8Array | null; line: Unsendable | null }

export class DocumentStage {
  readonly #transform: DocumentTransform
  readonly #index: string
  #waiting: Waiting[] = []
  #bytes = 0
  #inSandbox: Promise<Staged[]> = Promise.resolve([])

  constructor(transform: DocumentTransform, index: string) {
    this.#transform = transform
    this.#index = index
  }

  get isFull(): boolean {
    return this.#waiting.length >= TRANSFORM_BATCH || this.#bytes >= STAGE_BYTES
  }

  /** Takes a copy: the source is a view that the reader uses again. */
  add(stored: StoredDocument, largestBody: number): void {
    const { doc, id, type, routing, sourceLength } = stored
    const document = { doc, id, type, routing, sourceLength }
    const line = lineOf(stored, largestBody)
    if ('errorType' in line) this.#waiting.push({ document, source: null, line })
    else {
      this.#waiting.push({ document, source: Buffer.from(line.source), line: null })
      this.#bytes += sourceLength
    }
  }

  /** Sends what is gathered into the sandbox, and gives what was sent before. */
  turn(): Promise<Staged[]> {
    const before = this.#inSandbox
    this.#inSandbox = this.#change()
    // Whoever takes it learns of a failure; a reader that has ended for another reason takes nothing any more.
    this.#inSandbox.catch(() => undefined)
    return before
  }

  /** Everything that is left, in its order. */
  async rest(): Promise<Staged[]> {
    const before = await this.turn()
    return [...before, ...(await this.turn())]
  }

  async #change(): Promise<Staged[]> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    const asked = waiting.flatMap(({ document: { id, type, routing }, source }) =>
      source === null ? [] : [{ index: this.#index, id, type, routing, source }],
    )
    const results = asked.length === 0 ? [] : await this.#transform.apply(asked)
    let next = 0
    return waiting.map(({ document, source: asked, line }) => {
      if (asked === null) return { document, line: line ?? 'dropped' }
      const result = results[next++]
      if (!result || result.kind === 'dropped') return { document, line: 'dropped' }
      if (result.kind === 'failed') return { document, line: result }
      const { id, routing, source } = result
      return { document, line: { ...document, id, routing, source } }
    })
  }
}
