// The LZ4 blocks of an index's stored fields, taken out of their chunks: what a decoder alone has to do.
import type { ByteWindow } from '../../tools/lucene/byte-window.ts'
import { ChunkReader } from '../../tools/lucene/chunk-reader.ts'
import { readCommit } from '../../tools/lucene/commit.ts'
import { openSegment } from '../../tools/lucene/segment.ts'
import { openBlobs } from '../../tools/snapshot/open-blobs.ts'
import { openRepository } from '../../tools/snapshot/repository.ts'

/** Little-endian, for each chunk: decompressed bytes, of the dictionary, of a block, blocks, their sizes; then they. */
export type Blocks = { bytes: Buffer; decompressed: number }

export async function lz4Blocks(path: string, name: string, index: string): Promise<Blocks> {
  const repository = await openRepository(await openBlobs({ type: 'fs', path }))
  const files = await repository.shardFiles(await repository.snapshot(name), index, 0)
  const parts: Uint8Array[] = []
  let decompressed = 0
  for (const commit of (await readCommit(files)).segments) {
    const segment = await openSegment(commit, files)
    if (segment.stored.mode !== 'LZ4+dictionary') throw new Error(`the segment is ${segment.stored.mode}`)
    const keep = async (window: ByteWindow, _out: Uint8Array, _at: number, length: number) => {
      decompressed += length
      parts.push(...(await takeChunk(window, length)))
    }
    const { stored, maxDoc } = segment
    const place = { pointer: stored.dataStart, doc: 0, maxDoc, end: stored.file.length }
    const reader = new ChunkReader({ ...stored, decompress: keep }, place)
    for (let head = await reader.head(); head; head = await reader.head()) await reader.payload(head)
    await reader.close()
  }
  await repository.close()
  return { bytes: Buffer.concat(parts), decompressed }
}

async function takeChunk(window: ByteWindow, length: number): Promise<Uint8Array[]> {
  const dictionary = await window.vint()
  const block = await window.vint()
  const count = block === 0 ? 0 : Math.ceil((length - dictionary) / block)
  const sizes: number[] = []
  for (let i = 0; i <= count; i++) sizes.push(await window.vint())
  const total = sizes.reduce((sum, size) => sum + size, 0)
  await window.ensure(total)
  const bytes = Buffer.from(window.bytes.subarray(window.pos, window.pos + total))
  window.pos += total
  return [Buffer.from(Uint32Array.of(length, dictionary, block, sizes.length, ...sizes).buffer), bytes]
}
