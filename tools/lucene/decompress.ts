// How each stored fields format compresses a chunk, or a slice of one.
import { inflateRawSync, zstdDecompressSync } from 'node:zlib'
import type { ByteWindow } from './byte-window.ts'
import { decodeInto } from './lz4-arena.ts'
import { corrupt, RepositoryError } from './repository-error.ts'

/**
 * Reads one compressed unit at the window's position and writes exactly `length` bytes to `out` from `at`.
 * Throws `corrupt` where the bytes are not that.
 */
export type Decompress = (window: ByteWindow, out: Uint8Array, at: number, length: number) => Promise<void>

/** Lucene50 fast: one LZ4 block whose compressed length is not written; it ends when the output is full. */
export const lz4: Decompress = async (window, out, at, length) => {
  await window.ensureUpTo(length + Math.ceil(length / 255) + 16)
  window.pos = decoding(window, () => decodeInto(window.bytes, window.pos, window.end, out, at, at + length))
}

/** Lucene50 high: vInt length and raw DEFLATE. */
export const deflate: Decompress = async (window, out, at, length) => {
  await inflatePart(window, out, at, length)
}

/**
 * Lucene87 and Lucene90 fast: the first bytes are the dictionary of the blocks that follow.
 * vInts: dictionary length, block length, then the compressed length of the dictionary and of each block.
 */
export const lz4WithDictionary: Decompress = async (window, out, at, length) => {
  const { dictionary, block } = await readLayout(window, length)
  if (length === 0) {
    const token = await window.vint()
    await window.ensure(token)
    window.pos += token
    return
  }
  const count = block === 0 ? 0 : Math.ceil((length - dictionary) / block)
  const compressed: number[] = []
  await window.ensureUpTo(5 * (count + 1))
  for (let i = 0; i <= count; i++) compressed.push(window.vintHere())
  await window.ensure(compressed.reduce((sum, part) => sum + part, 0))
  const dictEnd = at + dictionary
  let to = at
  for (const [i, part] of compressed.entries()) {
    const end = i === 0 ? dictEnd : Math.min(to + block, at + length)
    const from = window.pos
    const stop = decoding(window, () =>
      decodeInto(window.bytes, from, from + part, out, to, end, at, i === 0 ? at : dictEnd),
    )
    if (stop !== from + part) throw corrupt(window.file.name, 'an LZ4 block has bytes left over')
    window.pos = stop
    to = end
  }
}

/** Lucene87 and Lucene90 high: the same layout, each part a vInt length and raw DEFLATE with the dictionary preset. */
export const deflateWithDictionary: Decompress = async (window, out, at, length) => {
  const { dictionary, block } = await readLayout(window, length)
  await inflatePart(window, out, at, dictionary)
  const preset = out.subarray(at, at + dictionary)
  for (let to = dictionary; to < length; to += block)
    await inflatePart(window, out, at + to, Math.min(block, length - to), preset)
}

/** Elasticsearch 8.14 and later: vInt length and one zstd frame; nothing at all for no bytes. */
export const zstd: Decompress = async (window, out, at, length) => {
  if (length > 0) await unzstdPart(window, out, at, length)
}

/** OpenSearch `zstd`: laid out like DEFLATE with a dictionary, each part a zstd frame that uses it as raw content. */
export const zstdWithDictionary: Decompress = async (window, out, at, length) => {
  const { dictionary, block } = await readLayout(window, length)
  await unzstdPart(window, out, at, dictionary)
  const preset = out.subarray(at, at + dictionary)
  for (let to = dictionary; to < length; to += block)
    await unzstdPart(window, out, at + to, Math.min(block, length - to), preset)
}

/** OpenSearch `zstd_no_dict`: vInt block length, then a vInt length and a zstd frame per block. */
export const zstdBlocks: Decompress = async (window, out, at, length) => {
  const block = await window.vint()
  if (block === 0 && length > 0) throw corrupt(window.file.name, 'a chunk has blocks of no length')
  for (let to = 0; to < length; to += block)
    await unzstdPart(window, out, at + to, Math.min(block, length - to))
}

async function readLayout(
  window: ByteWindow,
  length: number,
): Promise<{ dictionary: number; block: number }> {
  const dictionary = await window.vint()
  const block = await window.vint()
  if (dictionary > length || (block === 0 && dictionary < length))
    throw corrupt(
      window.file.name,
      `a dictionary of ${dictionary} and blocks of ${block} do not make ${length}`,
    )
  if (block > 0 && (length - dictionary) / block > 4096)
    throw corrupt(window.file.name, `blocks of ${block} bytes are too small for a chunk of ${length}`)
  return { dictionary, block }
}

async function inflatePart(
  window: ByteWindow,
  out: Uint8Array,
  at: number,
  length: number,
  dictionary?: Uint8Array,
): Promise<void> {
  const part = await takePart(window, length)
  if (!part) return
  // Lucene may add a byte of padding after the stream, so what is left over is not an error here.
  place(
    window,
    decoding(window, () => inflateRawSync(part, { dictionary, maxOutputLength: length })),
    out,
    at,
    length,
  )
}

async function unzstdPart(
  window: ByteWindow,
  out: Uint8Array,
  at: number,
  length: number,
  dictionary?: Uint8Array,
): Promise<void> {
  const part = await takePart(window, length)
  if (!part) return
  const options = dictionary && dictionary.length > 0 ? { dictionary } : {}
  place(
    window,
    decoding(window, () => zstdDecompressSync(part, { ...options, maxOutputLength: length })),
    out,
    at,
    length,
  )
}

/** vInt length and that many bytes; none where nothing was compressed. */
async function takePart(window: ByteWindow, length: number): Promise<Uint8Array | null> {
  const compressed = await window.vint()
  if (compressed === 0) {
    if (length > 0) throw corrupt(window.file.name, `a part of ${length} bytes is missing`)
    return null
  }
  await window.ensure(compressed)
  const part = window.bytes.subarray(window.pos, window.pos + compressed)
  window.pos += compressed
  return part
}

function place(window: ByteWindow, part: Uint8Array, out: Uint8Array, at: number, length: number): void {
  if (part.length !== length)
    throw corrupt(window.file.name, 'a chunk decompresses to another length than it says', {
      expected: length,
      found: part.length,
    })
  out.set(part, at)
}

/** Bytes no decoder accepts are damage of the file they came from. */
function decoding<T>(window: ByteWindow, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof RepositoryError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw corrupt(
      window.file.name,
      `the chunk before byte ${window.offset} cannot be decompressed (${reason})`,
      {
        cause,
      },
    )
  }
}
