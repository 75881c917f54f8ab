import { ByteReader } from './byte-reader.ts'
import { readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH, type LuceneFile, readVerified, type ShardFiles } from './lucene-file.ts'
import { corrupt, RepositoryError } from './repository-error.ts'

/** One segment as the commit lists it. Generations are -1 where there is none. */
export type SegmentCommit = {
  name: string
  /** 16 bytes that every file of the segment repeats in its header. */
  id: Uint8Array
  /** Name of the whole codec, for people; each file names its own format. */
  codec: string
  delGen: number
  /** Documents deleted in the `.liv` file. */
  delCount: number
  fieldInfosGen: number
  /** Documents deleted only by the soft-deletes field; null before Lucene 7.4. */
  softDelCount: number | null
}

export type Commit = {
  file: string
  luceneVersion: string
  segments: SegmentCommit[]
  userData: Map<string, string>
}

/** Commit format versions by Lucene: 6 (6.x), 7 and 8 (7.0 to 7.3), 9 (7.4 to 8.5), 10 (8.6 and later). */
const SOFT_DELETES = 9
const SEGMENT_COMMIT_ID = 10

/** Reads `segments_N`, the only one a shard of a snapshot has. Throws `corrupt` for none or several. */
export async function readCommit(files: ShardFiles, signal?: AbortSignal): Promise<Commit> {
  const candidates = [...files.values()].filter((file) => /^segments_[0-9a-z]+$/.test(file.name))
  const [file, ...others] = candidates
  if (!file || others.length > 0)
    throw new RepositoryError(
      'corrupt',
      `A shard needs one segments_N file; this one lists ${candidates.length}`,
      {
        expected: 1,
        found: candidates.length,
        remedy: 'Take a new snapshot, or choose an older one',
      },
    )
  return parseCommit(file, await readVerified(file, signal))
}

/** Parses the bytes of `segments_N`. Its ints and longs are big-endian in every version. */
export function parseCommit(file: Pick<LuceneFile, 'name'>, bytes: Uint8Array): Commit {
  const reader = new ByteReader(bytes, file.name, 0, bytes.length - FOOTER_LENGTH)
  const { version } = readIndexHeader(reader, { segments: 10 })
  if (version < 6)
    throw new RepositoryError(
      'format_unsupported',
      `File "${file.name}" was written by a Lucene before 6 (Elasticsearch before 5)`,
      {
        file: file.name,
        found: version,
        remedy: 'Upgrade the source to Elasticsearch 5 or later and reindex first',
      },
    )
  const luceneVersion = `${reader.vint()}.${reader.vint()}.${reader.vint()}`
  if (version >= 7) reader.vint() // major version that created the index
  reader.skip(8) // a counter of changes; may exceed 2^53
  if (version > 7) reader.vlong()
  else reader.i32be()
  const count = reader.i32be()
  if (count < 0 || count * 40 > reader.remaining)
    throw corrupt(file.name, `it cannot hold the ${count} segments it names`)
  if (count > 0) for (let i = 0; i < 3; i++) reader.vint() // oldest Lucene version among the segments
  const segments: SegmentCommit[] = []
  for (let i = 0; i < count; i++) segments.push(readSegment(reader, version))
  const userData = reader.map()
  return { file: file.name, luceneVersion, segments, userData }
}

function readSegment(reader: ByteReader, version: number): SegmentCommit {
  const name = reader.string()
  if (!/^_[0-9a-z]+$/.test(name)) throw corrupt(reader.file, `"${name}" is not the name of a segment`)
  if (version < 7 && reader.u8() !== 1) throw corrupt(reader.file, `segment ${name} has no id`)
  const id = reader.slice(16)
  const codec = reader.string()
  const delGen = reader.i64be()
  const delCount = reader.i32be()
  const fieldInfosGen = reader.i64be()
  reader.i64be() // doc values generation: every field has its own in .fnm
  const softDelCount = version >= SOFT_DELETES ? reader.i32be() : null
  if (version >= SEGMENT_COMMIT_ID && reader.u8() === 1) reader.skip(16)
  reader.strings() // files of the field infos generation
  const updated = reader.i32be()
  if (updated < 0 || updated > reader.remaining)
    throw corrupt(reader.file, `it cannot list ${updated} updated fields`)
  for (let i = 0; i < updated; i++) {
    reader.i32be()
    reader.strings()
  }
  return { name, id, codec, delGen, delCount, fieldInfosGen, softDelCount }
}
