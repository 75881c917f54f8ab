// The snapshot action from its start to its end, with a real queue and a source of our own making.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { claimRun, listUnheldRuns } from '../../../shared/db/runs.ts'
import type { Run } from '../../../shared/domain/run.ts'
import { SnapshotStatus } from '../../../shared/domain/snapshot.ts'
import { runsReconcile } from '../../../shared/queue/queues.ts'
import { givenSession, startApp, type TestApp } from '../../harness/app.ts'
import { givenJobs, hasEnded, runOnce } from '../../harness/jobs.ts'
import { startSnapshotCluster } from '../../harness/snapshot-cluster.ts'

/** A session with a source and a repository folder below the door's root. */
async function given() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ma-roots-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const api = await startApp({ repositoryRoots: [root] })
  const cluster = await startSnapshotCluster()
  const document = {
    source: { endpoint: cluster.url, auth: { type: 'none' } },
    repositories: { main: { type: 'fs', path: join(root, 'main'), clusterPath: '/mnt/snapshots' } },
  }
  await givenSession(api, 'orders', document)
  return { api, cluster, root, document }
}

const body = { repository: 'main', snapshot: 'first' }

async function start({ call }: Pick<TestApp, 'call'>, more: object = {}): Promise<Run> {
  const started = await call('POST', '/sessions/orders/snapshot/start', { body: { ...body, ...more } })
  expect(started.status).toBe(202)
  const run = (await started.json()) as Run // the API's own tests check its shape
  expect(started.headers.get('location')).toBe(`/runs/${run.id}`)
  return run
}

async function status({ call }: Pick<TestApp, 'call'>): Promise<SnapshotStatus> {
  const response = await call('GET', '/sessions/orders/snapshot/status')
  expect(response.status).toBe(200)
  return v.parse(SnapshotStatus, await response.json())
}

test('before any run the status is empty, and there is nothing to stop', async () => {
  const { api } = await given()

  expect(await status(api)).toEqual({
    status: 'NotStarted',
    progress: null,
    eta: null,
    run: null,
    indexes: [],
    issues: [],
  })
  const stopped = await api.call('POST', '/sessions/orders/snapshot/stop')
  expect(stopped.status).toBe(409)
  expect(await stopped.json()).toMatchObject({ code: 'snapshot_not_started' })
})

test('a snapshot is watched by index and bytes until it is whole', async () => {
  const { api, cluster } = await given()
  await givenJobs(api)

  const { id } = await start(api)
  expect((await status(api)).status).toMatch(/Pending|Running/)
  await expect.poll(() => cluster.snapshots.get('first')?.state, { timeout: 10_000 }).toBe('IN_PROGRESS')
  cluster.snapshots.set('first', { state: 'IN_PROGRESS', indices: ['orders', 'users'], doneBytes: 250 })
  await expect.poll(async () => (await status(api)).progress?.done, { timeout: 10_000 }).toBe(500)
  const halfway = await status(api)
  expect(halfway).toMatchObject({
    status: 'Running',
    progress: { percent: 25, done: 500, total: 2_000, unit: 'bytes' },
    indexes: [
      {
        name: 'orders',
        state: 'running',
        shards: { total: 1, done: 0, failed: 0 },
        bytes: { total: 1_000, done: 250 },
      },
      { name: 'users', state: 'running' },
    ],
  })
  expect(halfway.eta?.seconds).toBeGreaterThan(0)
  expect(halfway.eta?.low).toBeLessThan(halfway.eta?.high ?? 0)
  cluster.snapshots.set('first', { state: 'SUCCESS', indices: ['orders', 'users'], doneBytes: 1_000 })
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({
    state: 'Completed',
    error: null,
    result: {
      repository: 'main',
      snapshot: 'first',
      uuid: 'uuid-of-first',
      state: 'SUCCESS',
      indexes: ['orders', 'users'],
      shards: { total: 2, failed: 0 },
      bytes: 2_000,
      startedAt: '2023-11-14T22:13:20.000Z',
      finishedAt: '2023-11-14T22:14:20.000Z',
    },
  })
  expect(await status(api)).toMatchObject({ status: 'Completed', progress: { percent: 100 }, eta: null })
  expect(cluster.repositories.get('migration-assistant-main')).toEqual({
    type: 'fs',
    settings: { location: '/mnt/snapshots', compress: 'true' },
  })
})

test('a partial snapshot leaves the run Completed, with its failed shards as warnings', async () => {
  const { api, cluster } = await given()
  await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)

  cluster.snapshots.set('first', { state: 'PARTIAL', indices: ['orders', 'users'], doneBytes: 0 })
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({
    state: 'Completed',
    result: { state: 'PARTIAL', shards: { total: 2, failed: 1 } },
  })
  expect(await status(api)).toMatchObject({
    indexes: [
      { name: 'orders', state: 'partial' },
      { name: 'users', state: 'done' },
    ],
    issues: [{ code: 'snapshot_partial', severity: 'warning' }],
  })
})

test('a snapshot that failed fails the run and says why', async () => {
  const { api, cluster } = await given()
  await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)

  cluster.snapshots.set('first', { state: 'FAILED', indices: ['orders'], doneBytes: 0 })

  expect(await runOnce(api, id, hasEnded)).toMatchObject({
    state: 'Failed',
    error: { code: 'snapshot_failed', message: expect.stringContaining('the disk is full') },
  })
})

test.each([
  [401, 'security_exception', 'cluster_401'],
  [403, 'security_exception', 'cluster_403'],
  [500, 'internal_error', 'cluster_unavailable'],
])('a source that answers %i fails the run and is not shown as waiting', async (code, type, error) => {
  const { api, cluster } = await given()
  cluster.trouble = { status: code, type }
  await givenJobs(api)

  const { id } = await start(api)
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', error: { code: error, evidence: { status: code } } })
})

test('a source that is away for a moment is told and asked again, and the run goes on', async () => {
  const { api, cluster } = await given()
  await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)
  await expect.poll(async () => (await status(api)).indexes.length, { timeout: 10_000 }).toBe(2)

  cluster.trouble = { status: 503, type: 'master_not_discovered_exception' }
  await expect
    .poll(async () => (await status(api)).issues, { timeout: 15_000 })
    .toMatchObject([{ code: 'source_unavailable', origin: 'source', retryable: true }])
  expect((await status(api)).status).toBe('Running')
  cluster.trouble = null
  cluster.snapshots.set('first', { state: 'SUCCESS', indices: ['orders', 'users'], doneBytes: 1_000 })

  expect(await runOnce(api, id, hasEnded)).toMatchObject({ state: 'Completed' })
})

test('a stop ends the snapshot on the source and says so', async () => {
  const { api, cluster } = await given()
  await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)

  const stopped = await api.call('POST', '/sessions/orders/snapshot/stop', { body: { reason: 'too slow' } })

  expect(stopped.status).toBe(202)
  expect(await stopped.json()).toMatchObject({ state: 'Stopping', reason: 'too slow' })
  expect(await runOnce(api, id, hasEnded)).toMatchObject({ state: 'Stopped' })
  expect(cluster.snapshots.size).toBe(0)
  expect((await status(api)).issues).toMatchObject([{ code: 'snapshot_aborted', severity: 'info' }])
})

test('a run that nobody has begun is stopped at once', async () => {
  const { api, cluster } = await given()
  await start(api)

  const stopped = await api.call('POST', '/sessions/orders/snapshot/stop')

  expect(await stopped.json()).toMatchObject({ state: 'Stopped' })
  expect(cluster.requests).toEqual([])
})

test('a stop of a run whose process died ends what goes on at the source', async () => {
  const { api, cluster } = await given()
  const first = await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)
  await expect
    .poll(async () => (await api.db.query('select 1 from artifact where run_id = $1', [id])).rowCount)
    .toBe(1)
  await first.stop()
  // As after a kill: the claim is there and runs out.
  await api.db.query(`delete from pgboss.job where name = 'snapshot-start'`)
  await claimRun(api.db, id)
  await api.db.query(`update run set claimed_until = now() - interval '1 second' where id = $1`, [id])

  const stopped = await api.call('POST', `/runs/${id}/stop`)
  expect(await stopped.json()).toMatchObject({ state: 'Stopping', finishedAt: null })
  expect(cluster.snapshots.size).toBe(1)
  expect(await listUnheldRuns(api.db)).toMatchObject([{ id, action: 'snapshot' }])
  await givenJobs(api)
  await api.queues.enqueue(api.db, runsReconcile, {})

  expect(await runOnce(api, id, hasEnded)).toMatchObject({ state: 'Stopped' })
  expect(cluster.snapshots.size).toBe(0)
  expect((await status(api)).issues).toMatchObject([{ code: 'snapshot_aborted' }])
})

test('a run whose process died is gone on with by the next, which does not ask for the snapshot again', async () => {
  const { api, cluster } = await given()
  const first = await givenJobs(api)
  const { id } = await start(api)
  await expect.poll(() => cluster.snapshots.size, { timeout: 10_000 }).toBe(1)
  await first.stop()

  cluster.snapshots.set('first', { state: 'SUCCESS', indices: ['orders', 'users'], doneBytes: 1_000 })
  await givenJobs(api)

  expect(await runOnce(api, id, hasEnded)).toMatchObject({ state: 'Completed', result: { created: true } })
  const asked = cluster.requests.filter(
    (request) => request === 'PUT /_snapshot/migration-assistant-main/first',
  )
  expect(asked).toHaveLength(1)
})
