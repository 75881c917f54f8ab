// Where the chunks of `.fdt` begin, from `.fdx` and `.fdm`: for resuming in the middle and for sharing a segment.
import { readBits } from './bit-stream.ts'
import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH, readVerified, type ShardFiles } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'
import { META_VERSION, openMeta, type StoredFields } from './stored-fields.ts'

/** First document and offset of a chunk. */
export type ChunkStart = { doc: number; pointer: number }

/** Starts closer together than this, in bytes of `.fdt`, are left out: enough to resume, little to hold. */
const SPACING = 1 << 18

const knownIndex = {
  Lucene50StoredFieldsFastIndex: 4,
  Lucene50StoredFieldsHighIndex: 4,
  Lucene85FieldsIndexIdx: 4,
  Lucene90FieldsIndexIdx: 1,
}

type Segment = { name: string; id: Uint8Array; maxDoc: number }

/**
 * Chunk starts in ascending order, thinned; the first is always document 0. A segment without an index (Lucene 8.5 and
 * 8.6 may lie outside what is parsed here) gives only that one, so it is read from its beginning.
 */
export async function readChunkStarts(
  files: ShardFiles,
  segment: Segment,
  stored: StoredFields,
  signal?: AbortSignal,
): Promise<ChunkStart[]> {
  const first = { doc: 0, pointer: stored.dataStart }
  const file = files.get(`${segment.name}.fdx`)
  if (!file) return [first]
  const bytes = await readVerified(file, signal)
  const reader = new ByteReader(bytes, file.name, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, knownIndex)
  checkId(file.name, header, segment.id)
  const starts = new ThinnedStarts(file.name, first, segment.maxDoc, stored.file.length)
  if (header.codec.startsWith('Lucene50')) readBlocks(reader, starts)
  else {
    if (!files.has(`${segment.name}.fdm`)) return [first]
    const meta = await openMeta(files, segment.name, segment.id, signal)
    if (stored.modern || stored.version >= META_VERSION) meta.vint() // chunk size
    if (!stored.modern && stored.version >= META_VERSION) meta.vint() // version of the packed ints
    readMonotonic(meta, bytes, starts)
  }
  return starts.all
}

class ThinnedStarts {
  readonly all: ChunkStart[]
  readonly #file: string
  readonly #maxDoc: number
  readonly #end: number
  #last: ChunkStart

  constructor(file: string, first: ChunkStart, maxDoc: number, end: number) {
    this.all = [first]
    this.#file = file
    this.#maxDoc = maxDoc
    this.#end = end
    this.#last = { doc: -1, pointer: first.pointer }
  }

  add(doc: number, pointer: number): void {
    const last = this.#last
    if (!(doc > last.doc && doc < this.#maxDoc && pointer >= last.pointer && pointer < this.#end))
      throw corrupt(this.#file, `a chunk of document ${doc} at byte ${pointer} is out of place`)
    this.#last = { doc, pointer }
    const kept = this.all[this.all.length - 1]
    if (kept && doc > 0 && pointer - kept.pointer >= SPACING) this.all.push(this.#last)
  }
}

/** Lucene 6 to 8.4: blocks of up to 1,024 chunks; deviations from the average, zigzag, as big-endian bit streams. */
function readBlocks(reader: ByteReader, starts: ThinnedStarts): void {
  reader.vint() // version of the packed ints
  for (let chunks = reader.vint(); chunks !== 0; chunks = reader.vint()) {
    const docs = readBlock(reader, chunks, reader.vint(), reader.vint())
    const pointers = readBlock(reader, chunks, reader.vlong(), reader.vlong())
    for (let i = 0; i < chunks; i++) starts.add(docs(i), pointers(i))
  }
}

function readBlock(
  reader: ByteReader,
  chunks: number,
  base: number,
  average: number,
): (chunk: number) => number {
  const bits = reader.vint()
  if (bits > 64) throw corrupt(reader.file, `${bits} bits per value cannot be`)
  const packed = reader.slice(Math.ceil((chunks * bits) / 8))
  return (chunk) => {
    const delta = readBits(packed, chunk * bits, bits, false)
    return base + average * chunk + (delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2)
  }
}

/** Lucene 8.5 and later: two DirectMonotonic sequences in `.fdx`, described in `.fdm`. */
function readMonotonic(meta: ByteReader, index: Uint8Array, starts: ThinnedStarts): void {
  meta.i32() // documents
  const blockShift = meta.i32()
  const count = meta.i32()
  if (count < 1 || blockShift < 2 || blockShift > 22)
    throw corrupt(meta.file, `${count} chunks in blocks of 2^${blockShift} cannot be`)
  const docs = monotonic(meta, index, count, blockShift)
  const pointers = monotonic(meta, index, count, blockShift)
  for (let i = 0; i < count - 1; i++) starts.add(docs(i), pointers(i))
}

/** Value = minimum of the block + average * position (in 32-bit float arithmetic) + deviation. */
function monotonic(
  meta: ByteReader,
  index: Uint8Array,
  count: number,
  shift: number,
): (at: number) => number {
  const start = meta.i64()
  const blocks: { min: number; average: number; offset: number; bits: number }[] = []
  for (let left = Math.ceil(count / 2 ** shift); left > 0; left--)
    blocks.push({ min: meta.i64(), average: meta.f32(), offset: meta.i64(), bits: meta.u8() })
  const { file, littleEndian } = meta
  return (at) => {
    const block = blocks[at >>> shift]
    if (!block || block.bits > 64) throw corrupt(file, 'its index of chunks cannot be')
    const i = at & (2 ** shift - 1)
    const bit = (start + block.offset) * 8 + i * block.bits
    const delta = readBits(index, bit, block.bits, littleEndian)
    return block.min + Math.trunc(Math.fround(block.average * Math.fround(i))) + delta
  }
}
