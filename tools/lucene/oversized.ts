// Chunks that hold a document larger than the reader may keep: passed through slice by slice.
import type { ChunkHead } from './chunk-reader.ts'
import type { DocumentParser, StoredDocument } from './document.ts'

/** A document of `length` bytes: all of them, or its two edges where it is too large. */
export type Passed = { index: number; bytes: Buffer; length: number }

/**
 * Cuts the decompressed slices of a chunk at its document boundaries. Of a document longer than `limit` only the first
 * and the last `EDGE` bytes are kept, which is where its id and routing are.
 */
export async function* cutDocuments(
  head: ChunkHead,
  slices: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Passed> {
  let index = 0
  let document = new Gathered(head.lengths[0] ?? 0, limit)
  for await (const slice of slices) {
    let at = 0
    while (at < slice.length) {
      at += document.take(slice.subarray(at))
      if (!document.full) continue
      yield { index, bytes: document.bytes(), length: document.length }
      // Documents without stored fields have no bytes, and nothing to say.
      do index++
      while (index < head.count && head.lengths[index] === 0)
      document = new Gathered(head.lengths[index] ?? 0, limit)
    }
  }
}

/** Enough for ids (512 bytes at most) and routing on either side of a `_source`. */
const EDGE = 1 << 16

class Gathered {
  readonly length: number
  readonly #kept: Buffer
  readonly #whole: boolean
  #seen = 0

  constructor(length: number, limit: number) {
    this.length = length
    this.#whole = length <= limit
    this.#kept = Buffer.alloc(this.#whole ? length : EDGE * 2)
  }

  get full(): boolean {
    return this.#seen === this.length
  }

  /** Takes what belongs to this document and returns how much that was. */
  take(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.length - this.#seen)
    const part = bytes.subarray(0, count)
    if (this.#whole) this.#kept.set(part, this.#seen)
    else {
      if (this.#seen < EDGE) this.#kept.set(part.subarray(0, EDGE - this.#seen), this.#seen)
      const tailStart = this.length - EDGE
      const from = Math.max(tailStart - this.#seen, 0)
      if (from < count) this.#kept.set(part.subarray(from), EDGE + this.#seen + from - tailStart)
    }
    this.#seen += count
    return count
  }

  bytes(): Buffer {
    return this.#kept
  }
}

/**
 * Parses a document of which only the edges were kept: id and routing are there, the source is not. Returns null for a
 * nested child.
 */
export function parseEdges(
  parser: DocumentParser,
  { bytes, length }: Passed,
  fieldCount: number,
  doc: number,
): StoredDocument | null {
  const found = parser.parseAround(bytes, EDGE, length, fieldCount, doc)
  if (found) {
    found.sourceLength = found.source ? found.sourceLength + length - bytes.length : 0
    found.source = null
    found.sourceFormat = 'too_large'
  }
  return found
}
