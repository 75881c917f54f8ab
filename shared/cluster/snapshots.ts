// Snapshots as Elasticsearch 5 to 9 and OpenSearch 1 to 3 tell of them, and the verbs on them.
import { type ClusterClient, ClusterFailure } from './client.ts'
import { expectJson } from './expect-json.ts'
import { isRecord, member, strings } from './json.ts'
import { encodeSegment } from './path.ts'
import type { Limits } from './snapshot-repository.ts'

/** Where a snapshot is: the registered repository and its own name. */
export type SnapshotPlace = { repository: string; snapshot: string }

export type ClusterSnapshot = {
  name: string
  uuid: string | null
  /** `IN_PROGRESS`, `SUCCESS`, `PARTIAL`, `FAILED`, `INCOMPATIBLE`. */
  state: string
  reason: string | null
  indexes: string[]
  startedAt: string | null
  finishedAt: string | null
  shards: { total: number; failed: number }
  failures: { index: string; shard: number; reason: string }[]
}

/** Null where the repository has no snapshot of that name. Anything else than these two answers is thrown. */
export async function findSnapshot(
  client: ClusterClient,
  place: SnapshotPlace,
  limits: Limits,
): Promise<ClusterSnapshot | null> {
  const answer = await expectJson(client, { ...limits, method: 'GET', path: pathOf(place) }).catch(
    (error: unknown) => {
      if (isMissing(error)) return null
      throw error
    },
  )
  if (answer === null) return null
  const [snapshot] = snapshotsOf(answer)
  // Some versions answer for many repositories at once, each with its error.
  if (snapshot === undefined && /snapshot_missing_exception/.test(JSON.stringify(answer))) return null
  const [name] = strings([member(snapshot, 'snapshot')])
  const [state] = strings([member(snapshot, 'state')])
  if (name !== place.snapshot || state === undefined) throw unreadable(client, place)
  const shards = member(snapshot, 'shards')
  return {
    name,
    state,
    uuid: strings([member(snapshot, 'uuid')])[0] ?? null,
    reason: strings([member(snapshot, 'reason')])[0] ?? null,
    indexes: strings(list(member(snapshot, 'indices'))).sort(),
    startedAt: moment(member(snapshot, 'start_time_in_millis')),
    finishedAt: state === 'IN_PROGRESS' ? null : moment(member(snapshot, 'end_time_in_millis')),
    shards: { total: number(member(shards, 'total')), failed: number(member(shards, 'failed')) },
    failures: list(member(snapshot, 'failures')).map((failure) => ({
      index: String(member(failure, 'index') ?? ''),
      shard: number(member(failure, 'shard_id')),
      reason: String(member(failure, 'reason') ?? member(failure, 'status') ?? 'no reason told'),
    })),
  }
}

/** Asks for a snapshot; it goes on in the cluster when this returns. Sent once: a repetition would find its own name. */
export async function createSnapshot(
  client: ClusterClient,
  place: SnapshotPlace,
  body: object,
  limits: Limits,
): Promise<void> {
  const request = { ...limits, query: { wait_for_completion: false }, body: JSON.stringify(body) }
  await expectJson(client, { ...request, method: 'PUT', path: pathOf(place) })
}

/** Deletes a snapshot, or ends one that is being taken. False where there is none. */
export async function deleteSnapshot(
  client: ClusterClient,
  place: SnapshotPlace,
  limits: Limits,
): Promise<boolean> {
  try {
    await expectJson(client, { ...limits, method: 'DELETE', path: pathOf(place) })
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** The path of exactly one snapshot: a wildcard or a list would reach others. */
export function pathOf({ repository, snapshot }: SnapshotPlace): string {
  if (/^[_+-]|[*?,#|<>"\\/\s]/.test(snapshot))
    throw new ClusterFailure(
      'protocol',
      `Cannot address ${JSON.stringify(snapshot)}: it is no name of one snapshot`,
    )
  return `/_snapshot/${encodeSegment(repository)}/${encodeSegment(snapshot)}`
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof ClusterFailure &&
    error.status === 404 &&
    /snapshot_missing_exception|is missing/.test(`${error.message} ${String(error.evidence.answer)}`)
  )
}

export function snapshotsOf(answer: unknown): unknown[] {
  const several = list(member(answer, 'responses')).flatMap((one) => list(member(one, 'snapshots')))
  return [...list(member(answer, 'snapshots')), ...several].filter(isRecord)
}

function unreadable(client: ClusterClient, { repository, snapshot }: SnapshotPlace): ClusterFailure {
  const { origin } = new URL(client.connection.endpoint)
  return new ClusterFailure(
    'protocol',
    `Cannot read the snapshot ${snapshot} in ${repository} of ${origin}: it answers in a form we do not know`,
  )
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

export function number(value: unknown): number {
  const found = Number(value)
  return Number.isFinite(found) ? found : 0
}

function moment(value: unknown): string | null {
  const millis = number(value)
  return millis > 0 && millis < 8.64e15 ? new Date(millis).toISOString() : null
}
