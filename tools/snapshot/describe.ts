// What is in a snapshot, said without reading a document: `list` and `describe`.
import { placed, RepositoryError } from '../lucene/repository-error.ts'
import type { SegmentSummary, ShardReader } from '../lucene/shard.ts'
import type { IndexMetadata } from './index-metadata.ts'
import type { ChosenSnapshot, Repository } from './repository.ts'
import type { SnapshotInfo } from './snapshot-info.ts'
import { findSourceKind, hasNested, type SourceKind } from './source-kind.ts'

export type SnapshotLine = {
  name: string
  uuid: string
  state: string
  version: string | null
  indices: string[]
  startedAt: string | null
  finishedAt: string | null
  totalShards: number | null
  successfulShards: number | null
}

/** One line per snapshot, in the order of the repository; incompatible ones have state `INCOMPATIBLE`. */
export async function* listSnapshots(
  repository: Repository,
  signal?: AbortSignal,
): AsyncGenerator<SnapshotLine> {
  for (const { name } of repository.snapshots) {
    const { info } = await repository.snapshot(name, signal)
    yield lineOf(info)
  }
  const nothing = { startedAt: null, finishedAt: null, totalShards: null, successfulShards: null }
  for (const name of repository.incompatible)
    yield { name, uuid: '', state: 'INCOMPATIBLE', version: null, indices: [], ...nothing }
}

function lineOf(info: SnapshotInfo): SnapshotLine {
  const { name, uuid, state, version, indices, startedAt, finishedAt, totalShards, successfulShards } = info
  return { name, uuid, state, version, indices, startedAt, finishedAt, totalShards, successfulShards }
}

export type ShardDescription = {
  shard: number
  /** Exact; null where the shard cannot be read. */
  documents: number | null
  deletedDocs: number
  /** Bytes of all its Lucene files, and of the stored fields alone. */
  bytes: number
  storedBytes: number
  segments: SegmentSummary[]
  /** Why the shard cannot be read. */
  error?: Record<string, string | number>
}

export type IndexDescription = {
  name: string
  state: string
  /** Mapping types, where the source version has them. */
  types?: string[]
  /** Exact, null where a shard cannot be read. */
  documents: number | null
  bytes: number
  codecs: string[]
  storedFields: string[]
  modes: string[]
  source: SourceKind
  nested: boolean
  shards: ShardDescription[]
  warnings: string[]
}

/** Describes the named indices of a snapshot. A shard that cannot be read is told in its place, with the others. */
export async function* describeIndices(
  repository: Repository,
  snapshot: ChosenSnapshot,
  names: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<IndexDescription> {
  for (const name of names) {
    const metadata = await repository.indexMetadata(snapshot, name, signal)
    const shards: ShardDescription[] = []
    for (let shard = 0; shard < metadata.shards; shard++)
      shards.push(await describeShard(repository, snapshot, metadata, shard, signal))
    yield indexOf(metadata, shards)
  }
}

async function describeShard(
  repository: Repository,
  snapshot: ChosenSnapshot,
  metadata: IndexMetadata,
  shard: number,
  signal?: AbortSignal,
): Promise<ShardDescription> {
  try {
    const files = await repository.shardFiles(snapshot, metadata.name, shard, signal)
    const reader = await repository.shard(snapshot, metadata, shard, signal)
    const place = { snapshot: snapshot.entry.name, index: metadata.name, shard }
    const documents = await placed(place, () => reader.liveDocuments(signal))
    const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0)
    return { shard, documents, ...sizes(reader), bytes, segments: [...reader.segments] }
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code === 'stopped') throw error
    const nothing = { deletedDocs: 0, bytes: 0, storedBytes: 0, segments: [] }
    return { shard, documents: null, ...nothing, error: error.toJSON() }
  }
}

function sizes({ segments }: ShardReader): { deletedDocs: number; storedBytes: number } {
  return {
    deletedDocs: segments.reduce((sum, segment) => sum + segment.maxDoc - segment.liveDocs, 0),
    storedBytes: segments.reduce((sum, segment) => sum + segment.storedBytes, 0),
  }
}

function indexOf(metadata: IndexMetadata, shards: ShardDescription[]): IndexDescription {
  const { kind, warnings } = findSourceKind(metadata)
  const segments = shards.flatMap((shard) => shard.segments)
  const distinct = (values: string[]) => [...new Set(values)].sort()
  const unread = shards.filter((shard) => shard.documents === null)
  const types = Object.keys(metadata.mappings).filter((type) => type !== '_default_')
  return {
    name: metadata.name,
    state: metadata.state,
    ...(metadata.typed ? { types } : {}),
    documents: unread.length > 0 ? null : shards.reduce((sum, shard) => sum + (shard.documents ?? 0), 0),
    bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
    codecs: distinct(segments.map((segment) => segment.codec)),
    storedFields: distinct(segments.map((segment) => segment.storedFields)),
    modes: distinct(segments.map((segment) => segment.mode)),
    source: kind,
    nested: hasNested(metadata.mappings),
    shards,
    warnings: [
      ...warnings,
      ...unread.map(({ shard, error }) => `shard ${shard} cannot be read: ${String(error?.message)}`),
    ],
  }
}
