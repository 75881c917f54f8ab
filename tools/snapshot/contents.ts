// What a repository holds, as a list for people. A snapshot that cannot be read is told in its place.
import type { SnapshotContent } from '../../shared/domain/snapshot.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import { inParallel } from '../metadata/pool.ts'
import type { BlobStore } from './blob-store.ts'
import { openRepository, type Repository } from './repository.ts'
import type { SnapshotEntry } from './repository-data.ts'
import type { SnapshotInfo } from './snapshot-info.ts'

const AT_ONCE = 8
const FAILURES_SHOWN = 100

/** The snapshots of a repository; none where the place is empty, which is how a new repository begins. */
export async function readContents(blobs: BlobStore, signal: AbortSignal): Promise<SnapshotContent[]> {
  const repository = await openRepository(blobs, signal).catch(async (error: unknown) => {
    if (error instanceof RepositoryError && error.code === 'repository_not_found' && (await isEmpty(blobs)))
      return null
    throw error
  })
  if (repository === null) return []
  const readable = await inParallel(repository.snapshots, AT_ONCE, signal, (entry) =>
    contentOf(repository, entry, signal),
  )
  signal.throwIfAborted()
  return [...readable, ...repository.incompatible.map(incompatible)]
}

async function isEmpty(blobs: BlobStore): Promise<boolean> {
  return (await blobs.list('')).length === 0
}

/** What ends here is about one snapshot; a store that cannot be reached is about all of them. */
const ofOneSnapshot = new Set([
  'blob_missing',
  'blob_truncated',
  'checksum_mismatch',
  'corrupt',
  'format_newer',
])

async function contentOf(
  repository: Repository,
  entry: SnapshotEntry,
  signal: AbortSignal,
): Promise<SnapshotContent> {
  try {
    return told((await repository.snapshot(entry.name, signal)).info)
  } catch (error) {
    if (!(error instanceof RepositoryError) || !ofOneSnapshot.has(error.code)) throw error
    const { name, uuid, version, indices } = entry
    return { ...nothing, name, uuid, version, indexes: indices, state: 'UNKNOWN', problem: error.message }
  }
}

const nothing = {
  version: null,
  includeGlobalState: null,
  startedAt: null,
  finishedAt: null,
  shards: { total: null, successful: null, failed: null },
  failures: [],
  problem: null,
}

function told(info: SnapshotInfo): SnapshotContent {
  const { name, uuid, state, version, indices, includeGlobalState, startedAt, finishedAt } = info
  const { totalShards: total, successfulShards: successful, failures } = info
  return {
    name,
    uuid,
    state,
    version,
    indexes: indices,
    includeGlobalState,
    startedAt,
    finishedAt,
    shards: { total, successful, failed: total === null || successful === null ? null : total - successful },
    failures: failures.slice(0, FAILURES_SHOWN),
    problem: null,
  }
}

function incompatible(name: string): SnapshotContent {
  const problem = 'An older product wrote it, which this repository only lists'
  return { ...nothing, name, uuid: '', indexes: [], state: 'INCOMPATIBLE', problem }
}
