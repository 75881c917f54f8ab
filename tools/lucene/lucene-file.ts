// The files of a shard as the Lucene reader sees them: named byte ranges, wherever they lie.
import { crc32 } from 'node:zlib'
import { checksumMismatch, corrupt, truncated } from './repository-error.ts'

/** Magic, algorithm and CRC-32: the last 16 bytes of every Lucene file. */
export const FOOTER_LENGTH = 16
const FOOTER_MAGIC = 0xc02893e8

/** One immutable file. `read` gives exactly `length` bytes or throws `blob_truncated`. */
export interface LuceneFile {
  readonly name: string
  /** In bytes. */
  readonly length: number
  /** CRC-32 the repository has on record for the whole file, where it has one. */
  readonly checksum?: number
  /** How many bytes a sequential reader should ask for at once, and how many such requests to keep ahead. */
  readonly readSize: number
  readonly readAhead: number
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Takes back what `read` gave, which nobody uses after that. */
  free?(bytes: Uint8Array): void
}

/** The files of one shard by Lucene name, e.g. `segments_3`, `_0.cfs`. */
export type ShardFiles = ReadonlyMap<string, LuceneFile>

/** A file whose bytes are already here, such as one kept inline in the shard's snapshot file. */
export function memoryFile(name: string, bytes: Uint8Array, checksum?: number): LuceneFile {
  return {
    name,
    length: bytes.length,
    checksum,
    readSize: Math.max(1, bytes.length),
    readAhead: 1,
    async read(offset, length) {
      if (offset < 0 || offset + length > bytes.length) throw truncated(name, offset + length, bytes.length)
      return bytes.subarray(offset, offset + length)
    },
  }
}

/** A range of `file` under its own name: an entry of a compound file. */
export function subFile(file: LuceneFile, name: string, offset: number, length: number): LuceneFile {
  if (!(offset >= 0 && length >= 0 && offset + length <= file.length))
    throw corrupt(file.name, `its entry "${name}" reaches beyond its end`)
  return {
    name: `${file.name}/${name}`,
    length,
    readSize: file.readSize,
    readAhead: file.readAhead,
    async read(at, count, signal) {
      if (at < 0 || at + count > length) throw truncated(`${file.name}/${name}`, at + count, length)
      return file.read(offset + at, count, signal)
    },
    free: file.free,
  }
}

/** Metadata files are held whole; anything larger than this is no metadata file. */
const LARGEST_WHOLE_FILE = 1 << 30

/** Reads a whole file and checks its length and both checksums: its own footer and the repository's record. */
export async function readVerified(file: LuceneFile, signal?: AbortSignal): Promise<Uint8Array> {
  if (file.length > LARGEST_WHOLE_FILE)
    throw corrupt(file.name, `${file.length} bytes is more than such a file can have`)
  if (file.length < FOOTER_LENGTH) throw truncated(file.name, FOOTER_LENGTH, file.length)
  const bytes = await file.read(0, file.length, signal)
  checkFooter(file, bytes.subarray(bytes.length - FOOTER_LENGTH), crc32(bytes.subarray(0, bytes.length - 8)))
  return bytes
}

/**
 * Checks the 16 footer bytes against the CRC-32 of everything before the last 8.
 * Where the repository has a checksum on record, it is that same number.
 */
export function checkFooter(file: LuceneFile, footer: Uint8Array, computed: number): void {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength)
  const magic = view.getUint32(0)
  if (magic !== FOOTER_MAGIC)
    throw corrupt(file.name, 'it does not end with a Lucene footer', {
      expected: FOOTER_MAGIC.toString(16),
      found: magic.toString(16),
    })
  if (view.getUint32(4) !== 0 || view.getUint32(8) !== 0)
    throw corrupt(file.name, 'its footer names an unknown checksum algorithm')
  const stored = view.getUint32(12)
  if (stored !== computed) throw checksumMismatch(file.name, stored, computed)
  if (file.checksum !== undefined && file.checksum !== stored)
    throw checksumMismatch(file.name, file.checksum, stored)
}
