// The snapshot tool: takes a snapshot of the source, follows one that is under way, or uses one that exists.
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import { listIndexes } from '../../shared/cluster/indexes.ts'
import {
  registeredName,
  registerRepository,
  registrationOf,
} from '../../shared/cluster/snapshot-repository.ts'
import type { ClusterSnapshot } from '../../shared/cluster/snapshots.ts'
import { effectiveVersion } from '../../shared/cluster/version.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { SnapshotAssignment, SnapshotResult } from '../../shared/domain/snapshot.ts'
import { ToolFailure } from '../metadata/failure.ts'
import { chooseIndexes } from './choose-indexes.ts'
import { follow, type Pace } from './follow.ts'
import { settle } from './outcome.ts'
import { SnapshotItems } from './snapshot-items.ts'
import { SourceSnapshot } from './source-snapshot.ts'
import { abortOwn } from './stop.ts'

/** Written before the source is asked: an execution that finds it goes on with a snapshot of its own run. */
export const REQUEST_ARTIFACT = 'snapshot-request.json'
/** Means no index at all on every version: an empty list would mean all of them. */
const NO_INDEX = 'migration-assistant-no-such-index'

type Options = { pace?: Pace; retryMs?: number }

/**
 * Takes the snapshot. Safe to run again: one that this run began is followed to its end. Throws ToolFailure, Problem
 * or ClusterFailure where there is no usable snapshot, and the signal's reason when stopped, after it ended its own.
 */
export async function runSnapshot(
  assignment: SnapshotAssignment,
  report: Report,
  signal: AbortSignal,
  connector: ClusterConnector,
  { pace, retryMs }: Options = {},
): Promise<SnapshotResult> {
  signal.throwIfAborted()
  const { params, source: connection } = assignment
  const client = connector.connect(connection)
  const place = { repository: registeredName(params.repository), snapshot: params.snapshot }
  const source = new SourceSnapshot(client, place, { report, signal, retryMs })
  const run: Run = { assignment, report, signal, source, items: new SnapshotItems(report), pace, own: false }
  try {
    return await take(run)
  } catch (error) {
    if (!signal.aborted) throw error
    if (signal.reason === 'stop' && run.own) await abortOwn(source, report)
    throw signal.reason
  } finally {
    await client.close()
  }
}

type Run = {
  assignment: SnapshotAssignment
  report: Report
  signal: AbortSignal
  source: SourceSnapshot
  items: SnapshotItems
  pace: Pace | undefined
  /** Whether the snapshot was begun by this run: only then is it ended with it. */
  own: boolean
}

async function take(run: Run): Promise<SnapshotResult> {
  const { assignment, report, source } = run
  const { params, begun } = assignment
  const wanted = begun ? assignment.chosen : undefined
  await register(run)
  const found = await source.find()
  run.own = begun && found !== null
  if (found === null) return create(run)
  if (found.state === 'IN_PROGRESS') {
    report.log('info', 'the snapshot is being taken already, it is followed', { own: run.own })
    return finish(run, await follow(source, run), begun, wanted)
  }
  if (begun) return finish(run, found, true, wanted)
  if (params.existing === 'refuse') throw exists(found, params.repository)
  report.log('info', 'a snapshot that exists is used', { snapshot: found.name, state: found.state })
  const chosen = chooseIndexes(found.indexes, params, report, `the snapshot "${found.name}"`)
  return finish(run, found, false, chosen)
}

async function register({ assignment, report, signal, source }: Run): Promise<void> {
  const { params, repository } = assignment
  const outcome = await registerRepository(
    source.client,
    source.place.repository,
    registrationOf(repository, params),
    { signal, timeoutMs: 60_000 },
  )
  report.log('info', 'the repository is known to the source', { name: source.place.repository, outcome })
}

async function create(run: Run): Promise<SnapshotResult> {
  const { assignment, report, signal, source, items } = run
  const { params } = assignment
  const indexes = await listIndexes(source.client, { signal, timeoutMs: 60_000 })
  const origin = new URL(assignment.source.endpoint).origin
  const names = indexes.map(({ name }) => name)
  const chosen = chooseIndexes(names, params, report, origin)
  items.expect(chosen)
  const body = await requestOf(run, chosen)
  await report.artifact(REQUEST_ARTIFACT, 'application/json', bytesOf(body))
  signal.throwIfAborted()
  run.own = true
  await source.create(body)
  report.log('info', 'the source is taking the snapshot', { indexes: chosen.length })
  return finish(run, await follow(source, run), true, chosen)
}

/**
 * What the source is asked. `partial`: one missing primary shard must not keep the others from being saved; which are
 * missing is told. `ignore_unavailable`: an index may go while we ask; it is told as missing from the snapshot.
 */
async function requestOf({ assignment, source }: Run, chosen: readonly string[]): Promise<object> {
  const { flavour, major, minor } = await effectiveVersion(source.client)
  // Later versions add the indices of their own features to the global state, beyond what was selected.
  const hasFeatures = flavour === 'elasticsearch' && (major > 7 || (major === 7 && minor >= 12))
  return {
    indices: chosen.length > 0 ? chosen : [NO_INDEX],
    ignore_unavailable: true,
    partial: true,
    include_global_state: assignment.params.includeGlobalState,
    ...(hasFeatures ? { feature_states: ['none'] } : {}),
  }
}

async function* bytesOf(body: object): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(body, null, 2))
}

function finish(
  { assignment, report, source, items }: Run,
  found: ClusterSnapshot,
  created: boolean,
  wanted?: readonly string[],
): Promise<SnapshotResult> {
  const { repository } = assignment.params
  return settle({ source, found, wanted, created, repository, report, items })
}

function exists({ name, state, startedAt }: ClusterSnapshot, repository: string): ToolFailure {
  return new ToolFailure(
    'snapshot_exists',
    `The repository "${repository}" has a snapshot "${name}" already (${state}, begun ${startedAt ?? 'at an unknown time'})`,
    {
      evidence: { repository, snapshot: name, state, startedAt },
      remedy: 'Choose another name, or start with existing: "use" to use that one',
    },
  )
}
