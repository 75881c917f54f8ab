// The envelope of `.dat` blobs: codec header, a body that may be compressed, a checksum over all of it.
import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { ByteReader } from '../lucene/byte-reader.ts'
import { readCodecName } from '../lucene/codec-header.ts'
import { checksumMismatch, corrupt, RepositoryError, truncated } from '../lucene/repository-error.ts'
import { decodeSmile } from './smile.ts'

const FOOTER_MAGIC = 0xc02893e8
const FOOTER_LENGTH = 16
/** Metadata larger than this is a bomb. */
const LARGEST_BODY = 1 << 30

export type BlobCodec = 'metadata' | 'snapshot' | 'index-metadata' | 'snapshots'

/** Verifies a `.dat` blob and decodes its body. Throws `checksum_mismatch`, `corrupt`, `format_newer`. */
export function decodeBlob(file: string, bytes: Uint8Array, codec: BlobCodec): unknown {
  if (bytes.length < FOOTER_LENGTH + 10) throw truncated(file, FOOTER_LENGTH + 10, bytes.length)
  const footer = new ByteReader(bytes, file, bytes.length - FOOTER_LENGTH)
  if (footer.u32be() !== FOOTER_MAGIC || footer.u32be() !== 0 || footer.u32be() !== 0)
    throw corrupt(file, 'it does not end with a checksum; it may be cut short')
  const stored = footer.u32be()
  const computed = crc32(bytes.subarray(0, bytes.length - 8))
  if (stored !== computed) throw checksumMismatch(file, stored, computed)

  const reader = new ByteReader(bytes, file, 0, bytes.length - FOOTER_LENGTH)
  const found = readCodecName(reader)
  if (found !== codec) throw corrupt(file, 'it is another kind of file', { expected: codec, found })
  const version = reader.i32be()
  if (version !== 1)
    throw new RepositoryError('format_newer', `File "${file}" has version ${version} of its format`, {
      file,
      expected: 1,
      found: version,
      remedy: 'Use a newer release of Migration Assistant',
    })
  return decodeBody(file, reader.slice(reader.remaining))
}

/** A body: SMILE or JSON, as it is or behind the mark of a compressor. */
export function decodeBody(file: string, body: Uint8Array): unknown {
  const plain = decompressBody(file, body)
  if (plain[0] === 0x3a && plain[1] === 0x29) return decodeSmile(plain, file)
  if (plain[0] === 0x7b) return parseJson(file, plain)
  throw corrupt(file, 'its body is neither SMILE nor JSON', {
    found: Buffer.from(plain.subarray(0, 4)).toString('hex'),
  })
}

/** `DFL\0` and raw DEFLATE (both products), or `ZSTD\0` and zstd (OpenSearch 2.10 and later). */
function decompressBody(file: string, body: Uint8Array): Uint8Array {
  const mark = Buffer.from(body.subarray(0, 5)).toString('latin1')
  const options = { maxOutputLength: LARGEST_BODY }
  try {
    if (mark.startsWith('DFL\0')) return inflateRawSync(body.subarray(4), options)
    if (mark === 'ZSTD\0') return zstdDecompressSync(body.subarray(5), options)
    return body
  } catch (cause) {
    throw corrupt(file, 'its body cannot be decompressed', { cause })
  }
}

/** Throws `corrupt` for bytes that are not JSON. */
export function parseJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw corrupt(file, 'it is not JSON', { cause })
  }
}
