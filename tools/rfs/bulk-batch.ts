// One bulk request in the making: action lines and source bytes in one buffer, and what each of them was.
import { copyOnOneLine } from './source-bytes.ts'

/** `create` fails where a document of that id is there already; `index` overwrites it. */
export type Operation = 'index' | 'create'

/** What is known of a document of a batch, for its outcome to be told. */
export type Entry = {
  /** Number within the segment. */
  doc: number
  id: string
  type?: string
  routing?: string
  /** Bytes of its source in the snapshot. */
  sourceLength: number
  /** Where its action line begins, its source begins, and its last line ends, in the buffer. */
  start: number
  source: number
  end: number
}

export type Line = {
  doc: number
  id: string
  type?: string
  routing?: string
  source: Uint8Array
  sourceLength: number
}

const NEWLINE = 0x0a

/** Bytes a document may need in a body beside its source: id and routing escaped, the words around them. */
export function actionBytes({ id, routing }: { id: string; routing?: string }): number {
  return 48 + 6 * (id.length + (routing?.length ?? 0))
}

/** The action line without its end. Target indexes have no types, so none is written. */
export function actionLine(operation: Operation, id: string, routing?: string): string {
  const routed = routing === undefined ? '' : `,"routing":${JSON.stringify(routing)}`
  return `{"${operation}":{"_id":${JSON.stringify(id)}${routed}}}`
}

export class BulkBatch {
  readonly entries: Entry[] = []
  readonly buffer: Buffer
  length = 0
  /** Bytes of source as they are in the snapshot. */
  sourceBytes = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  get isEmpty(): boolean {
    return this.entries.length === 0
  }

  hasRoom(line: Pick<Line, 'id' | 'routing' | 'sourceLength'>): boolean {
    return this.length + actionBytes(line) + line.sourceLength + 2 <= this.buffer.length
  }

  /** Adds a document. False where its source cannot be put on one line; then nothing was added. */
  add(operation: Operation, { doc, id, type, routing, source, sourceLength }: Line): boolean {
    const start = this.length
    let at = start + this.buffer.write(actionLine(operation, id, routing), start)
    this.buffer[at++] = NEWLINE
    const from = at
    at = copyOnOneLine(source, this.buffer, at)
    if (at < 0) return false
    this.buffer[at++] = NEWLINE
    this.entries.push({ doc, id, type, routing, sourceLength, start, source: from, end: at })
    this.sourceBytes += sourceLength
    this.length = at
    return true
  }

  /** The bytes of these entries, moved side by side to where the first begins: what is left to be sent again. */
  compact(entries: readonly Entry[]): Uint8Array {
    const front = entries[0]?.start ?? 0
    let to = front
    for (const entry of entries) {
      const shift = entry.start - to
      if (shift > 0) {
        this.buffer.copyWithin(to, entry.start, entry.end)
        entry.start -= shift
        entry.source -= shift
        entry.end -= shift
      }
      to = entry.end
    }
    return this.buffer.subarray(front, to)
  }

  /** The source of an entry as it was sent, without the newline that ends it. A view. */
  sourceOf(entry: Entry): Buffer {
    return this.buffer.subarray(entry.source, entry.end - 1)
  }
}
