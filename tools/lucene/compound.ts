import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH, type LuceneFile, readVerified, type ShardFiles, subFile } from './lucene-file.ts'
import { RepositoryError } from './repository-error.ts'

const knownEntries = { Lucene50CompoundEntries: 0, Lucene90CompoundEntries: 0 }
const knownData = { Lucene50CompoundData: 0, Lucene90CompoundData: 0 }

/**
 * The files inside a compound segment (`.cfs`), located by its entry table (`.cfe`), under their full Lucene names.
 * Each entry keeps its own header and footer, so it is verified on its own and the rest of the `.cfs` is never read.
 */
export async function openCompound(
  files: ShardFiles,
  segment: string,
  id: Uint8Array,
  signal?: AbortSignal,
): Promise<Map<string, LuceneFile>> {
  const data = requireFile(files, `${segment}.cfs`)
  const dataHeader = new ByteReader(await data.read(0, Math.min(256, data.length), signal), data.name)
  checkId(data.name, readIndexHeader(dataHeader, knownData), id)

  const table = requireFile(files, `${segment}.cfe`)
  const bytes = await readVerified(table, signal)
  const reader = new ByteReader(bytes, table.name, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, knownEntries)
  checkId(table.name, header, id)
  reader.littleEndian = header.codec === 'Lucene90CompoundEntries'
  const entries = new Map<string, LuceneFile>()
  for (let left = reader.count(17); left > 0; left--) {
    const name = `${segment}${reader.string()}`
    entries.set(name, subFile(data, name, reader.i64(), reader.i64()))
  }
  return entries
}

/** The file of that name, or `blob_missing`. */
export function requireFile(files: ShardFiles, name: string): LuceneFile {
  const file = files.get(name)
  if (file) return file
  throw new RepositoryError('blob_missing', `The snapshot of the shard does not list the file "${name}"`, {
    file: name,
    remedy: 'Take a new snapshot, or choose an older one',
  })
}
