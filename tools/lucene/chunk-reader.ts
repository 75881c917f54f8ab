import { ByteReader } from './byte-reader.ts'
import { ByteWindow } from './byte-window.ts'
import { FOOTER_LENGTH } from './lucene-file.ts'
import { LZ4_SLACK } from './lz4.ts'
import { giveOutput, LARGEST_OUTPUT, takeOutput } from './lz4-arena.ts'
import { readPackedInts, readTransposedInts } from './packed-ints.ts'
import { corrupt } from './repository-error.ts'
import { DIRTY_BIT_VERSION, META_VERSION, type StoredFields } from './stored-fields.ts'

/** The head of a chunk: which documents it holds, how many fields and bytes each of them has. */
export type ChunkHead = {
  docBase: number
  count: number
  fieldCounts: Int32Array
  lengths: Int32Array
  /** Decompressed bytes of all documents. */
  total: number
  sliced: boolean
}

type Options = {
  /** Offset of a chunk and its first document. */
  pointer: number
  doc: number
  /** Documents of the segment. */
  maxDoc: number
  /** Exclusive end of the bytes to read; the file's end for the whole segment. */
  end: number
  signal?: AbortSignal
}

/** Up to Lucene 8.6 two vLongs that count chunks stand between the last one and the footer. */
const COUNTERS = 18

const nothing = new Uint8Array(0)

/** More documents than any format puts into one chunk (4,096 with zstd in Elasticsearch 8.14). */
const MOST_DOCUMENTS = 65_536

/**
 * Reads the chunks of `.fdt` one after the other, which needs no index: each says where it begins. A chunk that does
 * not follow on the one before is damage, so no document is ever passed over in silence.
 *
 * After `head()` exactly one of `payload()` or `slices()` consumes the payload.
 */
export class ChunkReader {
  readonly #stored: StoredFields
  readonly #window: ByteWindow
  readonly #maxDoc: number
  readonly #toFooter: boolean
  /** The whole file passes through, so that `finish` can verify its checksum. */
  readonly #whole: boolean
  #expected: number
  #fieldCounts = new Int32Array(1024)
  #lengths = new Int32Array(1024)
  #out = nothing

  constructor(stored: StoredFields, { pointer, doc, maxDoc, end, signal }: Options) {
    this.#stored = stored
    this.#maxDoc = maxDoc
    this.#expected = doc
    this.#toFooter = end === stored.file.length
    this.#whole = doc === 0 && this.#toFooter
    this.#window = new ByteWindow(stored.file, {
      from: this.#whole ? 0 : pointer,
      to: end,
      checksum: this.#whole,
      signal,
    })
  }

  /** The next chunk, or null after the last one of the range. The arrays are reused by the next call. */
  async head(): Promise<ChunkHead | null> {
    const window = this.#window
    if (window.offset === 0) {
      await window.ensure(this.#stored.dataStart)
      window.pos += this.#stored.dataStart
    }
    if (this.#expected === this.#maxDoc || window.remaining === 0) return null
    const docBase = await window.vint()
    const token = window.vintHere()
    const flags = this.#stored.modern || this.#stored.version >= DIRTY_BIT_VERSION ? 2 : 1
    const count = token >>> flags
    this.#check(docBase, count)
    await this.#readArrays(count)
    let total = 0
    for (let i = 0; i < count; i++) total += this.#lengths[i] ?? 0
    if (total > 0x7fffffff) throw corrupt(this.#stored.file.name, `a chunk of ${total} bytes cannot be`)
    this.#expected = docBase + count
    const sliced = (token & 1) === 1
    return { docBase, count, fieldCounts: this.#fieldCounts, lengths: this.#lengths, total, sliced }
  }

  #check(docBase: number, count: number): void {
    const name = this.#stored.file.name
    if (docBase !== this.#expected)
      throw corrupt(name, 'a chunk does not follow on the one before', {
        expected: this.#expected,
        found: docBase,
      })
    if (count < 1 || count > MOST_DOCUMENTS || docBase + count > this.#maxDoc)
      throw corrupt(name, `a chunk of ${count} documents from ${docBase} cannot be`)
  }

  /** Two arrays of at most 32 bits per value and 5 bytes of head each. */
  async #readArrays(count: number): Promise<void> {
    if (count > this.#lengths.length) {
      this.#fieldCounts = new Int32Array(MOST_DOCUMENTS)
      this.#lengths = new Int32Array(MOST_DOCUMENTS)
    }
    const window = this.#window
    await window.ensureUpTo(count * 8 + 10)
    const reader = new ByteReader(window.bytes, this.#stored.file.name, window.pos, window.end)
    const read = this.#stored.modern ? readTransposedInts : readPackedInts
    read(reader, this.#fieldCounts, count)
    read(reader, this.#lengths, count)
    window.pos = reader.pos
  }

  /** Decompresses the chunk. The bytes are valid until the next call. */
  async payload(head: ChunkHead): Promise<Uint8Array> {
    await this.#makeRoom(head.total)
    const { chunkSize, decompress } = this.#stored
    const step = head.sliced ? chunkSize : Math.max(head.total, 1)
    for (let at = 0; at < head.total || at === 0; at += step)
      await decompress(this.#window, this.#out, at, Math.min(step, head.total - at))
    return this.#out
  }

  async #makeRoom(total: number): Promise<void> {
    const isLarge = total > LARGEST_OUTPUT
    if (this.#out.length >= total + LZ4_SLACK && (isLarge || this.#out.length <= LARGEST_OUTPUT * 2)) return
    giveOutput(this.#out)
    this.#out = nothing
    // Room to grow saves allocations; a chunk of one huge document gets no more than it needs.
    this.#out = await takeOutput(Math.ceil(isLarge ? total : Math.min(total * 1.2, LARGEST_OUTPUT)))
  }

  /** Decompresses a chunk too big to be held, slice by slice. Each is valid until the next. */
  async *slices(head: ChunkHead): AsyncGenerator<Uint8Array> {
    const { chunkSize, decompress } = this.#stored
    const step = head.sliced ? chunkSize : head.total
    const slice = new Uint8Array(Math.min(step, head.total))
    for (let at = 0; at < head.total; at += step) {
      const length = Math.min(step, head.total - at)
      await decompress(this.#window, slice, 0, length)
      yield slice.subarray(0, length)
    }
  }

  /** After the last chunk of a segment: nothing is left but its tail, and the checksum is right if all was read. */
  async finish(): Promise<void> {
    if (!this.#toFooter) return
    const left = this.#window.remaining - FOOTER_LENGTH
    const tail = this.#stored.modern || this.#stored.version >= META_VERSION ? 0 : COUNTERS
    if (left < 0 || left > tail)
      throw corrupt(this.#stored.file.name, `${left} bytes follow the last of its documents`)
    if (this.#whole) await this.#window.verify()
  }

  /** Ends requests that are still under way. The payload read last is then no longer valid. */
  async close(): Promise<void> {
    await this.#window.close()
    giveOutput(this.#out)
    this.#out = nothing
  }
}
