import type { ByteReader } from './byte-reader.ts'
import { corrupt, RepositoryError } from './repository-error.ts'

const HEADER_MAGIC = 0x3fd76c17

/** What a file says of itself in its first bytes. `id` is the 16-byte segment or commit id. */
export type CodecHeader = { codec: string; version: number; id: Uint8Array; suffix: string }

/** Formats a reader knows, each with the highest version it was written for. */
export type KnownCodecs = Readonly<Record<string, number>>

/**
 * Reads Lucene's index header: magic, codec name, version (big-endian in all versions), 16-byte id, suffix.
 * Throws `codec_unknown` for a name that is not in `known`, and `format_newer` for a version beyond it.
 */
export function readIndexHeader(reader: ByteReader, known: KnownCodecs): CodecHeader {
  const codec = readCodecName(reader)
  const newest = Object.hasOwn(known, codec) ? known[codec] : undefined
  if (newest === undefined) throw unknownCodec(reader.file, codec, Object.keys(known))
  const version = reader.i32be()
  if (version < 0) throw corrupt(reader.file, `its format version ${version} cannot be`)
  if (version > newest)
    throw new RepositoryError(
      'format_newer',
      `File "${reader.file}" has version ${version} of format ${codec}; this reader knows up to ${newest}`,
      {
        file: reader.file,
        expected: newest,
        found: version,
        remedy: 'Use a newer release of Migration Assistant',
      },
    )
  const id = reader.slice(16)
  const suffix = reader.text(reader.slice(reader.u8()))
  return { codec, version, id, suffix }
}

/** Magic and codec name only. */
export function readCodecName(reader: ByteReader): string {
  const magic = reader.u32be()
  if (magic !== HEADER_MAGIC)
    throw corrupt(reader.file, 'it does not begin with a codec header', {
      expected: HEADER_MAGIC.toString(16),
      found: magic.toString(16),
    })
  const length = reader.vint()
  if (length > 127) throw corrupt(reader.file, 'its codec name is too long')
  return reader.text(reader.slice(length))
}

/** Checks that a file belongs to the segment it lies beside: a mixed-up copy is found before it is read. */
export function checkId(file: string, header: CodecHeader, id: Uint8Array): void {
  if (header.id.length === id.length && header.id.every((byte, i) => byte === id[i])) return
  throw corrupt(file, 'it belongs to another segment', { expected: hex(id), found: hex(header.id) })
}

export function unknownCodec(file: string, codec: string, known: string[]): RepositoryError {
  return new RepositoryError('codec_unknown', `File "${file}" has the unknown format "${codec}"`, {
    file,
    expected: known.join(', '),
    found: codec,
    remedy: 'Reindex the index with a standard index.codec and take a new snapshot, or leave the index out',
  })
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
