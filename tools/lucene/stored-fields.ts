// The stored fields of a segment (`.fdt`): which format, how it compresses, where its chunks begin.
import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { requireFile } from './compound.ts'
import * as compression from './decompress.ts'
import { FOOTER_LENGTH, type LuceneFile, readVerified, type ShardFiles } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

/** `LZ4` and `LZ4+dictionary` are the default `index.codec`, `DEFLATE…` is best_compression. */
export type StoredFieldsMode =
  | 'LZ4'
  | 'LZ4+dictionary'
  | 'DEFLATE'
  | 'DEFLATE+dictionary'
  | 'zstd'
  | 'zstd+dictionary'
  | 'zstd (no dictionary)'

export type StoredFields = {
  file: LuceneFile
  codec: string
  mode: StoredFieldsMode
  /** Lucene 9 and later: other arrays, other bits in the token of a chunk. */
  modern: boolean
  version: number
  /** A sliced chunk is cut into pieces of this many bytes before compression. */
  chunkSize: number
  /** Offset of the first chunk. */
  dataStart: number
  decompress: compression.Decompress
}

type Format = { mode: StoredFieldsMode; modern: boolean; newest: number; decompress: compression.Decompress }

/** Every format by the codec name of its `.fdt`. Sources: Lucene 6.0 to 10.3, Elasticsearch 8.14, OpenSearch 2.9. */
const formats: Record<string, Format> = {
  Lucene50StoredFieldsFastData: { mode: 'LZ4', modern: false, newest: 4, decompress: compression.lz4 },
  Lucene50StoredFieldsHighData: {
    mode: 'DEFLATE',
    modern: false,
    newest: 4,
    decompress: compression.deflate,
  },
  Lucene87StoredFieldsFastData: {
    mode: 'LZ4+dictionary',
    modern: false,
    newest: 4,
    decompress: compression.lz4WithDictionary,
  },
  Lucene87StoredFieldsHighData: {
    mode: 'DEFLATE+dictionary',
    modern: false,
    newest: 4,
    decompress: compression.deflateWithDictionary,
  },
  Lucene90StoredFieldsFastData: {
    mode: 'LZ4+dictionary',
    modern: true,
    newest: 1,
    decompress: compression.lz4WithDictionary,
  },
  Lucene90StoredFieldsHighData: {
    mode: 'DEFLATE+dictionary',
    modern: true,
    newest: 1,
    decompress: compression.deflateWithDictionary,
  },
  ZstdStoredFields814: { mode: 'zstd', modern: true, newest: 1, decompress: compression.zstd },
  CustomStoredFieldsZstd: {
    mode: 'zstd+dictionary',
    modern: true,
    newest: 1,
    decompress: compression.zstdWithDictionary,
  },
  CustomStoredFieldsZstdNoDict: {
    mode: 'zstd (no dictionary)',
    modern: true,
    newest: 1,
    decompress: compression.zstdBlocks,
  },
}

const known = Object.fromEntries(Object.entries(formats).map(([codec, { newest }]) => [codec, newest]))
/** Headers of `.fdm`: named after the index it describes, with the version of `.fdt`. */
const knownMeta = { Lucene85FieldsIndexMeta: 4, Lucene90FieldsIndexMeta: 1 }
/** From this version of the old format on, the chunk size is in `.fdm` instead of `.fdt`. */
export const META_VERSION = 3
/** From this version of the old format on, a chunk's token has a second flag. */
export const DIRTY_BIT_VERSION = 4

/** Reads the header of `.fdt` (and `.fdm`). Throws `codec_unknown` for a format this reader does not have. */
export async function openStoredFields(
  files: ShardFiles,
  segment: string,
  id: Uint8Array,
  signal?: AbortSignal,
): Promise<StoredFields> {
  const file = requireFile(files, `${segment}.fdt`)
  const head = await file.read(0, Math.min(256, file.length), signal)
  const reader = new ByteReader(head, file.name)
  const header = readIndexHeader(reader, known)
  checkId(file.name, header, id)
  const format = formats[header.codec]
  if (!format) throw corrupt(file.name, 'its format is not listed')
  const inMeta = format.modern || header.version >= META_VERSION
  const chunkSize = inMeta ? await readChunkSize(files, segment, id, signal) : reader.vint()
  if (!inMeta) reader.vint() // version of the packed ints
  if (chunkSize < 1) throw corrupt(file.name, `chunks of ${chunkSize} bytes cannot be`)
  if (file.length < reader.pos + FOOTER_LENGTH) throw corrupt(file.name, 'it has no room for its footer')
  return {
    file,
    codec: header.codec,
    mode: format.mode,
    modern: format.modern,
    version: header.version,
    chunkSize,
    dataStart: reader.pos,
    decompress: format.decompress,
  }
}

async function readChunkSize(
  files: ShardFiles,
  segment: string,
  id: Uint8Array,
  signal?: AbortSignal,
): Promise<number> {
  const reader = await openMeta(files, segment, id, signal)
  return reader.vint()
}

/** `.fdm`, verified, positioned after its header. */
export async function openMeta(
  files: ShardFiles,
  segment: string,
  id: Uint8Array,
  signal?: AbortSignal,
): Promise<ByteReader> {
  const file = requireFile(files, `${segment}.fdm`)
  const bytes = await readVerified(file, signal)
  const reader = new ByteReader(bytes, file.name, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, knownMeta)
  checkId(file.name, header, id)
  reader.littleEndian = header.codec === 'Lucene90FieldsIndexMeta'
  return reader
}
