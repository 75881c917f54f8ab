import { expect, test } from 'vitest'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import { claimRun, completeRun } from '../../shared/db/runs.ts'
import type { Run } from '../../shared/domain/run.ts'
import { Problem } from '../../shared/problems.ts'
import { metadataStart } from '../../shared/queue/queues.ts'
import { givenSession, startApp, type TestApp } from '../harness/app.ts'
import { givenJobs, hasEnded, runOnce } from '../harness/jobs.ts'
import { between, nameOf, startCluster } from '../harness/search-cluster.ts'

async function start({ call }: Pick<TestApp, 'call'>, body: object = { dryRun: false }): Promise<Run> {
  const started = await call('POST', '/sessions/orders/metadata/start', { body })
  expect(started.status).toBe(202)
  return started.json() as Promise<Run>
}

test('a run moves every index once, and keeps result, items, artifact and logs', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 3 })
  const target = await startCluster('opensearch')
  await givenSession(api, 'orders', between(source, target))
  await givenJobs(api)

  const { id } = await start(api)
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Completed', error: null, result: { dryRun: false } })
  expect([...target.cluster.indexes.keys()].sort()).toEqual([0, 1, 2].map(nameOf))
  expect(await (await api.call('GET', '/sessions/orders/metadata/latest_status')).json()).toMatchObject({
    status: 'Completed',
    progress: { percent: 100 },
    items: { ok: 3, failed: 0 },
    artifacts: [{ name: 'metadata-items.ndjson', href: `/runs/${id}/artifacts/metadata-items.ndjson` }],
  })
})

test('a second delivery of the job changes nothing', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 2 })
  const target = await startCluster('opensearch')
  await givenSession(api, 'orders', between(source, target))
  const { id } = await start(api)
  for (let i = 0; i < 3; i++) await api.queues.enqueue(api.db, metadataStart, { runId: id })
  await givenJobs(api)
  const first = await runOnce(api, id, hasEnded)

  await api.queues.enqueue(api.db, metadataStart, { runId: id })
  await expect
    .poll(
      async () =>
        (await api.db.query(`select 1 from pgboss.job where name = 'metadata-start' and state < 'completed'`))
          .rowCount,
    )
    .toBe(0)

  expect(await runOnce(api, id, hasEnded)).toEqual(first)
  expect(target.cluster.puts.sort()).toEqual([0, 1].map((i) => `/${nameOf(i)}`))
})

test('a run with one failed item ends CompletedWithErrors and keeps everything, and only that item is retried', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 3 })
  const target = await startCluster('opensearch')
  const reason = 'this index is not welcome'
  target.cluster.script = ({ method, path }) =>
    method === 'PUT' && path === `/${nameOf(1)}`
      ? { status: 400, body: { error: { type: 'illegal_argument_exception', reason }, status: 400 } }
      : null
  await givenSession(api, 'orders', between(source, target))
  await givenJobs(api)

  const { id } = await start(api)
  const run = await runOnce(api, id, hasEnded)
  target.cluster.script = () => null
  const putsBefore = target.cluster.puts.length
  const retried = (await (await api.call('POST', '/sessions/orders/metadata/retry_failed')).json()) as Run
  const second = await runOnce(api, retried.id, hasEnded)

  expect(run).toMatchObject({ state: 'CompletedWithErrors', result: expect.any(Object), error: null })
  const items = (await (await api.call('GET', `/runs/${id}/items?outcome=failed`)).json()) as {
    items: object[]
  }
  expect(items.items).toMatchObject([{ kind: 'index', name: nameOf(1), detail: { targetError: { reason } } }])
  expect(second).toMatchObject({ state: 'Completed', retryOf: id })
  expect(target.cluster.puts.slice(putsBefore)).toEqual([`/${nameOf(1)}`])
  const nothing = await api.call('POST', '/sessions/orders/metadata/retry_failed')
  expect(await nothing.json()).toMatchObject({ code: 'nothing_to_retry' })
})

test('a cluster that cannot be reached fails the run, and the run says why and keeps its logs', async () => {
  const api = await startApp()
  const source = { endpoint: 'http://127.0.0.1:9', auth: { type: 'none' } }
  await givenSession(api, 'orders', { source, target: { ...source, endpoint: 'http://127.0.0.1:19' } })
  await givenJobs(api)

  const { id } = await start(api)
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', result: null, error: { code: 'cluster_tcp' } })
  const logs = (await (await api.call('GET', `/runs/${id}/logs`)).json()) as { items: object[]; next: null }
  expect(logs.items).toMatchObject([{ level: 'error' }])
  expect(logs.next).toBeNull()
})

test('401 of a source is told as such, not as waiting', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 1 })
  source.cluster.script = () => ({ status: 401, body: { error: 'no', status: 401 } })
  const target = await startCluster('opensearch')
  await givenSession(api, 'orders', between(source, target))
  await givenJobs(api)

  const run = await runOnce(api, (await start(api)).id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', error: { code: 'cluster_401' } })
})

test('a selection that matches nothing is an error, not a success', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 2 })
  const target = await startCluster('opensearch')
  await givenSession(api, 'orders', between(source, target))
  await givenJobs(api)

  const { id } = await start(api, { dryRun: true, selection: { include: ['invoices-*'] } })

  expect(await runOnce(api, id, hasEnded)).toMatchObject({
    state: 'Failed',
    error: { code: 'selection_matches_nothing' },
  })
})

test('stop reaches a working tool within two seconds, and what it did stays', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 200 })
  const target = await startCluster('opensearch', { writeMs: 200 })
  await givenSession(api, 'orders', between(source, target))
  await givenJobs(api)
  const { id } = await start(api, { dryRun: false, concurrency: 2 })
  await runOnce(api, id, ({ progress }) => (progress?.done ?? 0) > 0)

  const asked = Date.now()
  const stopping = await api.call('POST', `/runs/${id}/stop`, { body: { reason: 'not tonight' } })
  const run = await runOnce(api, id, hasEnded)

  expect(stopping.status).toBe(202)
  expect(await stopping.json()).toMatchObject({ state: 'Stopping', reason: 'not tonight' })
  expect(run.state).toBe('Stopped')
  expect(Date.parse(run.finishedAt ?? '') - asked).toBeLessThan(2_000)
  expect(run.progress?.done).toBeGreaterThan(0)
  const writes = target.cluster.puts.length
  await new Promise((wait) => setTimeout(wait, 600))
  expect(target.cluster.puts.length).toBe(writes)
})

test('an artifact store that is full costs the file, not the run', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 2 })
  const target = await startCluster('opensearch')
  await givenSession(api, 'orders', between(source, target))
  const full: ArtifactStore = {
    ...api.artifacts,
    async write() {
      throw new Problem('storage_full')
    },
  }
  await givenJobs(api, { artifacts: full })

  const { id } = await start(api)
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Completed', result: { dryRun: false } })
  expect(await (await api.call('GET', '/sessions/orders/metadata/latest_status')).json()).toMatchObject({
    items: { ok: 2 },
    artifacts: [],
    issues: expect.arrayContaining([
      expect.objectContaining({
        code: 'artifact_not_kept',
        severity: 'error',
        scope: 'artifact:metadata-items.ndjson',
      }),
    ]),
  })
})

test('a process that is told to end lets the run go, and another goes on with it', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 30 })
  const target = await startCluster('opensearch', { writeMs: 100 })
  await givenSession(api, 'orders', between(source, target))
  const first = await givenJobs(api)
  const { id } = await start(api, { dryRun: false, concurrency: 2 })
  await runOnce(api, id, ({ progress }) => (progress?.done ?? 0) >= 4)

  await first.stop()
  const between_ = await runOnce(api, id, () => true)
  await givenJobs(api)
  const run = await runOnce(api, id, hasEnded)

  expect(between_.state).toBe('Running')
  expect(run).toMatchObject({ state: 'Completed' })
  const counts = new Map<string, number>()
  for (const path of target.cluster.puts) counts.set(path, (counts.get(path) ?? 0) + 1)
  expect(counts.size).toBe(30)
  expect([...counts.values()].every((count) => count === 1)).toBe(true)
  const starts = await api.db.query<{ fruitless: number }>(
    'select claims_without_progress as fruitless from run where id = $1',
    [id],
  )
  expect(starts.rows[0]?.fruitless).toBe(0)
})

test('a run that was finished by another holder is not finished again', async () => {
  const api = await startApp()
  await givenSession(
    api,
    'orders',
    between(await startCluster('elasticsearch'), await startCluster('opensearch')),
  )
  const { id } = await start(api)
  const held = await claimRun(api.db, id)
  await api.db.query(`update run set claimed_until = now() - interval '1 second' where id = $1`, [id])
  const next = await claimRun(api.db, id)

  if (!held || !next) throw new Error('the run was not claimed')
  await completeRun(api.db, next.claim, { by: 'next' })
  const late = completeRun(api.db, held.claim, { by: 'late' })

  await expect(late).rejects.toMatchObject({ code: 'lease_lost' })
  expect(await runOnce(api, id, hasEnded)).toMatchObject({ result: { by: 'next' } })
})
