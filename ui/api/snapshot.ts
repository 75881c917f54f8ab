// What the pages ask of snapshots.
import { query } from '@solidjs/router'
import { api, type DeletedSnapshot, idempotencyKey, ok, type Run, type SnapshotParams } from './client.ts'

export const getSnapshotStatus = query(
  (session: string) => ok(api.GET('/sessions/{session}/snapshot/status', { params: { path: { session } } })),
  'snapshot-status',
)

/** Everything in one repository: a repository of many thousand snapshots does not exist. */
export const getSnapshots = query(
  (session: string, repository: string) =>
    ok(
      api.GET('/sessions/{session}/snapshots', {
        params: { path: { session }, query: { repository, limit: '200' } },
      }),
    ),
  'snapshots',
)

/** The shards of one index, as the run told of them. */
export const getShards = query(
  (run: string, index: string) =>
    ok(
      api.GET('/runs/{run}/items', {
        params: { path: { run }, query: { kind: 'shard', search: index, limit: '200' } },
      }),
    ),
  'snapshot-shards',
)

export type SnapshotStart = Partial<SnapshotParams> & Pick<SnapshotParams, 'repository' | 'snapshot'>

/** Takes a snapshot. What is left out here, the config and the API's defaults fill in. */
export function startSnapshot(session: string, given: SnapshotStart): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  const body = given as SnapshotParams // the generated type demands what has a default; the API does not
  return ok(api.POST('/sessions/{session}/snapshot/start', { params: { path: { session }, header }, body }))
}

export function stopSnapshot(session: string, reason: string): Promise<Run> {
  return ok(
    api.POST('/sessions/{session}/snapshot/stop', {
      params: { path: { session } },
      body: reason ? { reason } : {},
    }),
  )
}

export function deleteSnapshot(session: string, repository: string, name: string): Promise<DeletedSnapshot> {
  return ok(
    api.DELETE('/sessions/{session}/snapshots/{name}', {
      params: { path: { session, name }, query: { repository, confirm: name } },
    }),
  )
}
