// What an ended snapshot means for the run: done, done with shards missing, or failed.
import type { ClusterSnapshot } from '../../shared/cluster/snapshots.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { SnapshotResult } from '../../shared/domain/snapshot.ts'
import { ToolFailure } from '../metadata/failure.ts'
import { bytesOf, partialRemedy, type SnapshotItems } from './snapshot-items.ts'
import type { SourceSnapshot } from './source-snapshot.ts'

type Ending = {
  source: SourceSnapshot
  found: ClusterSnapshot
  /** The indexes that should be in it; absent, whatever is. */
  wanted?: readonly string[]
  created: boolean
  repository: string
  report: Report
  items: SnapshotItems
}

/** The result of a run whose snapshot is usable; throws ToolFailure where it is not. */
export async function settle(ending: Ending): Promise<SnapshotResult> {
  const { found, created, repository, report } = ending
  const bytes = await tellShards(ending)
  if (found.state !== 'SUCCESS' && found.state !== 'PARTIAL') throw unusable(found)
  if (found.state === 'PARTIAL') report.issue(partial(found))
  tellMissing(ending)
  return {
    repository,
    snapshot: found.name,
    uuid: found.uuid,
    state: found.state,
    created,
    indexes: found.indexes,
    shards: found.shards,
    bytes,
    startedAt: found.startedAt,
    finishedAt: found.finishedAt,
  }
}

/** Reads every shard's end once more. A source that cannot tell leaves the sizes unknown, not zero. */
async function tellShards({ source, found, items, report }: Ending): Promise<number | null> {
  const indexes = await source.status().catch((error: unknown) => {
    report.log('warn', 'the source does not tell the sizes of the finished snapshot', {
      message: error instanceof Error ? error.message : 'unknown',
    })
    return null
  })
  if (!indexes) return null
  items.tell(indexes, true)
  const shards = indexes.flatMap((index) => index.shards)
  const { done } = bytesOf(shards)
  const message = `${found.shards.total - found.shards.failed} of ${found.shards.total} shards`
  report.progress({ done, total: done, unit: 'bytes', message })
  return shards.reduce((sum, { wholeBytes }) => sum + wholeBytes, 0)
}

function tellMissing({ found, wanted = [], items, report }: Ending): void {
  const held = new Set(found.indexes)
  const missing = wanted.filter((name) => !held.has(name))
  if (missing.length === 0) return
  const why = 'It was deleted or closed before the source began to copy it'
  for (const name of missing) items.missing(name, why)
  report.issue({
    code: 'snapshot_lacks_indexes',
    severity: 'warning',
    origin: 'source',
    retryable: true,
    scope: null,
    message: `${missing.length} of ${wanted.length} indexes are not in the snapshot. ${why}`,
    evidence: { indexes: missing.slice(0, 100) },
    remedy: 'Open them if they are closed, and take another snapshot if they are needed',
  })
}

function partial({ name, shards, failures }: ClusterSnapshot) {
  return {
    code: 'snapshot_partial',
    severity: 'warning' as const,
    origin: 'source' as const,
    retryable: true,
    scope: null,
    message: `The snapshot "${name}" lacks ${shards.failed} of ${shards.total} shards`,
    evidence: { failures: failures.slice(0, 100), failed: shards.failed, total: shards.total },
    remedy: partialRemedy,
  }
}

function unusable({ name, state, reason, shards, failures }: ClusterSnapshot): ToolFailure {
  const why = reason ?? failures[0]?.reason
  return new ToolFailure(
    'snapshot_failed',
    `The snapshot "${name}" is not usable: its state is ${state}${why ? `, because: ${why.slice(0, 400)}` : ''}`,
    {
      evidence: { state, reason, shards, failures: failures.slice(0, 100) },
      remedy: 'Mend what the source names, then delete this snapshot or start again with another name',
    },
  )
}
