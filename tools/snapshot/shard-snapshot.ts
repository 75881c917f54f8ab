// `snap-<uuid>.dat` of a shard: its Lucene files, and which blobs hold their bytes.
import { crc32 } from 'node:zlib'
import * as v from 'valibot'
import { type LuceneFile, memoryFile } from '../lucene/lucene-file.ts'
import { checksumMismatch, corrupt, truncated } from '../lucene/repository-error.ts'
import type { BlobStore } from './blob-store.ts'

const Whole = v.union([v.number(), v.bigint()])

const Document = v.looseObject({
  files: v.array(
    v.looseObject({
      name: v.string(),
      physical_name: v.string(),
      length: Whole,
      checksum: v.optional(v.string()),
      part_size: v.optional(v.nullable(Whole)),
      meta_hash: v.optional(v.instance(Uint8Array)),
    }),
  ),
})

type Entry = v.InferOutput<typeof Document>['files'][number]

/** The files of the shard by Lucene name. `folder` is where its blobs lie, with a slash at its end. */
export function parseShardSnapshot(
  file: string,
  body: unknown,
  blobs: BlobStore,
  folder: string,
): Map<string, LuceneFile> {
  const parsed = v.safeParse(Document, body)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw corrupt(
      file,
      `it does not list a shard's files: ${issue.message} at ${v.getDotPath(issue) ?? 'its root'}`,
    )
  }
  const files = new Map<string, LuceneFile>()
  for (const entry of parsed.output.files) {
    if (!/^[A-Za-z0-9_.-]+$/.test(entry.physical_name) || files.has(entry.physical_name))
      throw corrupt(file, `"${entry.physical_name}" is not the name of one Lucene file`)
    files.set(
      entry.physical_name,
      entry.name.startsWith('v__') ? inline(file, entry) : blobFile(file, entry, blobs, folder),
    )
  }
  return files
}

/** Small files lie in the list itself. */
function inline(file: string, entry: Entry): LuceneFile {
  const bytes = entry.meta_hash
  if (!bytes) throw corrupt(file, `the bytes of "${entry.physical_name}" are missing`)
  if (bytes.length !== Number(entry.length))
    throw truncated(entry.physical_name, Number(entry.length), bytes.length)
  const checksum = checksumOf(entry)
  if (checksum !== undefined && bytes.length >= 8) {
    const computed = crc32(bytes.subarray(0, bytes.length - 8))
    if (computed !== checksum) throw checksumMismatch(entry.physical_name, checksum, computed)
  }
  return memoryFile(entry.physical_name, bytes, checksum)
}

/** Base 36; what Lucene wrote into the footer of the file. */
function checksumOf({ checksum }: Entry): number | undefined {
  const value = checksum === undefined ? Number.NaN : Number.parseInt(checksum, 36)
  return Number.isSafeInteger(value) && value <= 0xffffffff ? value : undefined
}

function blobFile(file: string, entry: Entry, blobs: BlobStore, folder: string): LuceneFile {
  if (!/^__[A-Za-z0-9_-]+$/.test(entry.name)) throw corrupt(file, `"${entry.name}" is not the name of a blob`)
  const length = Number(entry.length)
  if (!(Number.isSafeInteger(length) && length >= 0))
    throw corrupt(file, `"${entry.physical_name}" cannot have ${entry.length} bytes`)
  const partSize = entry.part_size ? Number(entry.part_size) : Number.POSITIVE_INFINITY
  if (!(partSize > 0)) throw corrupt(file, `"${entry.physical_name}" cannot have parts of ${partSize} bytes`)
  const parted = length > partSize
  const blob = (part: number) => `${folder}${entry.name}${parted ? `.part${part}` : ''}`
  return {
    name: entry.physical_name,
    length,
    checksum: checksumOf(entry),
    readSize: blobs.readSize,
    readAhead: blobs.readAhead,
    async read(offset, count, signal) {
      if (offset < 0 || offset + count > length) throw truncated(entry.physical_name, offset + count, length)
      if (!parted) return blobs.read(blob(0), { offset, length: count, expectedSize: length, signal })
      return readParts(blobs, { blob, partSize, length }, offset, count, signal)
    },
    free: (bytes) => blobs.free(bytes),
  }
}

/** A range over parts of equal size, the last one shorter. */
async function readParts(
  blobs: BlobStore,
  { blob, partSize, length: total }: { blob: (part: number) => string; partSize: number; length: number },
  offset: number,
  count: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count)
  for (let at = 0; at < count; ) {
    const within = (offset + at) % partSize
    const length = Math.min(partSize - within, count - at)
    const part = Math.floor((offset + at) / partSize)
    const expectedSize = Math.min(partSize, total - part * partSize)
    bytes.set(await blobs.read(blob(part), { offset: within, length, expectedSize, signal }), at)
    at += length
  }
  return bytes
}
