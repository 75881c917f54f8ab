// Ends a snapshot that this product began, when its run is stopped.
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import { registeredName } from '../../shared/cluster/snapshot-repository.ts'
import { findSnapshot } from '../../shared/cluster/snapshots.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { SnapshotAssignment } from '../../shared/domain/snapshot.ts'
import { SourceSnapshot } from './source-snapshot.ts'

/** A stop is to be done soon; the source ends the snapshot also when we do not wait for it. */
const WAIT_MS = 8_000

/** Asks the source to end the snapshot, and says what came of it. Never throws: the run stops all the same. */
export async function abortOwn(source: SourceSnapshot, report: Report): Promise<void> {
  const { snapshot } = source.place
  try {
    const ended = await source.end(WAIT_MS)
    report.issue({
      ...base,
      severity: 'info',
      message: ended
        ? `The snapshot "${snapshot}" was ended and removed, because the run was stopped`
        : `The run was stopped before the source had begun the snapshot "${snapshot}"`,
      remedy: null,
    })
  } catch (error) {
    report.issue({
      ...base,
      severity: 'warning',
      message: `The source was asked to end the snapshot "${snapshot}" and did not confirm it: ${error instanceof Error ? error.message : 'no answer'}`,
      remedy: 'List the snapshots; delete this one if it is still there',
    })
  }
}

const base = {
  code: 'snapshot_aborted',
  origin: 'user' as const,
  retryable: false,
  scope: null,
  evidence: {},
}

/** The same for a run whose execution died: ends its snapshot if it is still being taken. */
export async function abortLeftBehind(
  { params, source: connection, begun }: SnapshotAssignment,
  report: Report,
  connector: ClusterConnector,
): Promise<void> {
  if (!begun) return
  const client = connector.connect(connection)
  const place = { repository: registeredName(params.repository), snapshot: params.snapshot }
  try {
    const found = await findSnapshot(client, place, { timeoutMs: WAIT_MS }).catch(() => undefined)
    if (found === null || (found !== undefined && found.state !== 'IN_PROGRESS')) return
    const signal = new AbortController().signal
    await abortOwn(new SourceSnapshot(client, place, { report, signal }), report)
  } finally {
    await client.close()
  }
}
