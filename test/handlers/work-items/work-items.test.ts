import { expect, test } from 'vitest'
import { type HeavyRun, holdRun, recordWorkflow } from '../../../shared/db/heavy-runs.ts'
import { mintRunToken } from '../../../shared/db/run-tokens.ts'
import { insertRun } from '../../../shared/db/runs.ts'
import type { CheckpointAnswer, LeaseAnswer } from '../../../shared/domain/work-item.ts'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

const knobs = { batchBytes: 1_000_000, concurrency: 4, rateLimit: { documents: 100, bytes: null } }

/** A backfill run in its working phase, with a plan of items of 100 documents each. */
async function givenBackfill(api: TestApp, items: number, workers = 2) {
  const { id: sessionId } = await givenSession(api, 'orders', twoClusters)
  const run = await insertRun(api.db, {
    sessionId,
    action: 'backfill',
    params: {},
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
    workers,
    knobs,
  })
  const held = (await holdRun(api.db, run.id, 'test')) as HeavyRun // just opened, so nobody else holds it
  await recordWorkflow(
    api.db,
    { runId: run.id, epoch: held.epoch },
    { engine: 'local', namespace: null, name: 'x', uid: null },
  )
  const token = await mintRunToken(api.db, run.id)
  const base = `/runs/${run.id}/work-items`
  const post = (path: string, body: unknown) => api.call('POST', `${base}${path}`, { token, body })
  const planned = Array.from({ length: items }, (_, n) => ({
    key: `i.0.s.${n}`,
    spec: {
      index: 'orders',
      targetIndex: 'orders',
      shard: 0,
      segment: '_0',
      from: n * 100,
      to: (n + 1) * 100,
    },
    expected: 100,
    bytes: 1_000 + n,
    priority: 0,
  }))
  const indexes = [{ name: 'orders', targetName: 'orders', shards: 1, existingDocuments: 0 }]
  expect((await post('', { indexes, items: planned, complete: true })).status).toBe(204)
  await api.db.query(`update run set phase = 'Running' where id = $1`, [run.id])
  const lease = async (worker: string, max = 1) =>
    (await (await post('/lease', { worker, max })).json()) as LeaseAnswer
  return { run, token, post, lease, planned, indexes }
}

const counts = (written: number) => ({ written, rejected: 0, skipped: 0, bytes: written * 10 })

test('the largest item is leased first, once, and a plan sent twice changes nothing', async () => {
  const api = await startApp()
  const { lease, post, planned, indexes } = await givenBackfill(api, 3)
  await post('', { indexes, items: planned, complete: true })

  const [a, b] = [await lease('w1', 2), await lease('w2', 2)]

  expect(a.items.map(({ key }) => key)).toEqual(['i.0.s.2', 'i.0.s.1'])
  expect(b.items.map(({ key }) => key)).toEqual(['i.0.s.0'])
  expect(await lease('w1')).toMatchObject({ items: [], next: 'wait' })
})

test('a checkpoint keeps where the item stands, and the sums of the index follow', async () => {
  const api = await startApp()
  const { lease, post, run } = await givenBackfill(api, 1)
  const [item] = (await lease('w1')).items
  const at = { epoch: item?.epoch, worker: 'w1', cursor: { doc: 40 }, counts: counts(40) }

  const answer = (await (await post('/i.0.s.0/checkpoint', at)).json()) as CheckpointAnswer

  expect(answer).toMatchObject({ continue: true })
  await post('/i.0.s.0/release', at)
  expect((await lease('w2')).items).toMatchObject([{ cursor: { doc: 40 }, counts: counts(40), epoch: 2 }])
  const { rows } = await api.db.query(
    `select expected, written, bytes_done as done from run_index where run_id = $1`,
    [run.id],
  )
  expect(rows).toEqual([{ expected: 100, written: 40, done: 400 }])
})

test('a worker that stalled past its lease and wakes up writes nothing', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 1)
  await lease('w1')
  await api.db.query(`update work_item set lease_expires_at = now() - interval '1 second'`)
  const [second] = (await lease('w2')).items

  const late = await post('/i.0.s.0/checkpoint', {
    epoch: 1,
    worker: 'w1',
    cursor: { doc: 90 },
    counts: counts(90),
  })
  const lateEnd = await post('/i.0.s.0/complete', {
    epoch: 1,
    worker: 'w1',
    cursor: null,
    counts: counts(100),
    expected: 100,
  })

  expect(second).toMatchObject({ epoch: 2, cursor: null })
  expect([late.status, lateEnd.status]).toEqual([409, 409])
  expect(await late.json()).toMatchObject({ code: 'lease_lost' })
  expect((await api.db.query(`select written, cursor, worker from work_item`)).rows).toEqual([
    { written: 0, cursor: null, worker: 'w2' },
  ])
})

test('what a holder sends again because no answer came changes nothing and is no lost lease', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 1)
  await lease('w1')
  const at = { epoch: 1, worker: 'w1', cursor: { doc: 40 }, counts: counts(40) }

  const released = [await post('/i.0.s.0/release', at), await post('/i.0.s.0/release', at)]
  await lease('w2')
  const late = await post('/i.0.s.0/release', at)
  const whole = { epoch: 2, worker: 'w2', cursor: { doc: 100 }, counts: counts(100) }
  const end = { ...whole, expected: 100 }
  const completed = [await post('/i.0.s.0/complete', end), await post('/i.0.s.0/complete', end)]

  expect(released.map(({ status }) => status)).toEqual([204, 204])
  expect(late.status).toBe(409)
  expect(completed.map(({ status }) => status)).toEqual([204, 204])
  expect((await post('/i.0.s.0/release', whole)).status).toBe(409)
  expect((await api.db.query(`select items_done as done, written from run_index`)).rows).toEqual([
    { done: 1, written: 100 },
  ])
})

test('the documents of a cause are the sum over all workers, however often each tells of them', async () => {
  const api = await startApp()
  const { run, token } = await givenBackfill(api, 1)
  const tell = (worker: string, number: number, documents: number) => {
    const about = { severity: 'error', origin: 'target', retryable: true, message: 'refused', remedy: null }
    const evidence = { worker, documents, cause: 'c' }
    const issue = { code: 'documents_rejected', scope: 'index:orders cause:c', ...about, evidence }
    const body = { worker, number, progress: null, items: [], issues: [issue], logs: [] }
    return api.call('POST', `/runs/${run.id}/reports`, { token, body })
  }

  for (const [worker, number, documents] of [
    ['w1', 1, 5],
    ['w2', 1, 7],
    ['w1', 2, 9],
    ['w1', 2, 9],
  ] as const)
    expect((await tell(worker, number, documents)).status).toBe(200)

  const answer = await api.call('GET', '/sessions/orders/backfill/failed_documents')
  expect(await answer.json()).toMatchObject({ groups: [{ count: 16 }] })
})

test('done is said only when every item is done or given up', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 2)
  const [first] = (await lease('w1')).items
  await post(`/${first?.key}/complete`, {
    epoch: 1,
    worker: 'w1',
    cursor: { doc: 100 },
    counts: counts(100),
    expected: 100,
  })
  const [second] = (await lease('w1')).items

  expect(await lease('w2')).toMatchObject({ next: 'wait' })
  const error = { code: 'codec_unknown', message: 'unknown', evidence: {}, remedy: null, retryable: false }
  await post(`/${second?.key}/fail`, { epoch: 1, worker: 'w1', cursor: null, counts: counts(0), error })

  expect(await lease('w2')).toMatchObject({ items: [], next: 'done' })
  expect(
    (await api.db.query(`select items_done as done, items_failed as failed from run_index`)).rows,
  ).toEqual([{ done: 1, failed: 1 }])
})

test('an item that costs every worker its life is given up after five leases, and the run goes on', async () => {
  const api = await startApp()
  const { lease } = await givenBackfill(api, 1)
  for (let n = 0; n < 5; n++) {
    expect((await lease(`w${n}`)).items).toHaveLength(1)
    await api.db.query(`update work_item set lease_expires_at = now() - interval '1 second'`)
  }

  expect(await lease('w9')).toMatchObject({ items: [], next: 'done' })
  expect((await api.db.query(`select state, error ->> 'code' as code from work_item`)).rows).toEqual([
    { state: 'failed', code: 'poison_item' },
  ])
})

test('progress before each crash makes an item no poison', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 1)
  for (let n = 1; n <= 8; n++) {
    const [item] = (await lease('w1')).items
    await post('/i.0.s.0/checkpoint', {
      epoch: item?.epoch,
      worker: 'w1',
      cursor: { doc: n },
      counts: counts(n),
    })
    await api.db.query(`update work_item set lease_expires_at = now() - interval '1 second'`)
  }

  expect((await lease('w1')).items).toHaveLength(1)
})

test('an item that fails again and again but gets further each time is not given up', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 1)
  const error = { code: 'target_not_available', message: '', evidence: {}, remedy: null, retryable: true }
  for (let n = 1; n <= 8; n++) {
    const [item] = (await lease('w1')).items
    const at = { epoch: item?.epoch, worker: 'w1', cursor: { doc: n }, counts: counts(n) }
    expect((await post('/i.0.s.0/fail', { ...at, error })).status).toBe(204)
    await api.db.query('update work_item set not_before = null')
  }

  expect((await lease('w1')).items).toMatchObject([{ cursor: { doc: 8 } }])
})

test('no more workers than are wanted hold items, and each gets its share of the rate', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 5, 2)
  const answers = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((worker) => lease(worker)))

  expect(answers.filter(({ items }) => items.length > 0)).toHaveLength(2)
  const holder = answers.flatMap(({ items }) => items)[0]
  const worker = ['w1', 'w2', 'w3', 'w4'][answers.findIndex(({ items }) => items[0]?.key === holder?.key)]
  const answer = (await (
    await post(`/${holder?.key}/checkpoint`, { epoch: 1, worker, cursor: { doc: 1 }, counts: counts(1) })
  ).json()) as CheckpointAnswer
  expect(answer.knobs.rateLimit).toEqual({ documents: 50, bytes: null })
})

test.each([3, 12])(
  'twelve that ask at once where %i are wanted: as many hold items, each its own',
  async (wanted) => {
    const api = await startApp()
    const { lease } = await givenBackfill(api, 40, wanted)

    const workers = Array.from({ length: 12 }, (_, n) => `w${n}`)
    const rounds = await Promise.all(
      workers.map(async (worker) => [await lease(worker), await lease(worker), await lease(worker)]),
    )

    const keys = rounds.flat().flatMap(({ items }) => items.map(({ key }) => key))
    expect(rounds.filter((answers) => answers.some(({ items }) => items.length > 0))).toHaveLength(wanted)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toHaveLength(wanted * 3)
  },
)

test('scaling down makes a worker give back what it holds', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 2, 2)
  const [a, b] = [(await lease('w1')).items[0], (await lease('w2')).items[0]]

  expect((await api.call('POST', '/sessions/orders/backfill/scale', { body: { workers: 1 } })).status).toBe(
    202,
  )

  const say = async (item: typeof a, worker: string) =>
    (
      (await (
        await post(`/${item?.key}/checkpoint`, { epoch: 1, worker, cursor: { doc: 5 }, counts: counts(5) })
      ).json()) as CheckpointAnswer
    ).continue
  expect([await say(a, 'w1'), await say(b, 'w2')]).toEqual([true, false])
})

test('a paused backfill gives no leases and asks for back what is held; resumed, it goes on', async () => {
  const api = await startApp()
  const { lease, post } = await givenBackfill(api, 2)
  const [item] = (await lease('w1')).items
  await api.call('POST', '/sessions/orders/backfill/pause', { body: { reason: 'day has come' } })

  const answer = (await (
    await post(`/${item?.key}/checkpoint`, { epoch: 1, worker: 'w1', cursor: { doc: 5 }, counts: counts(5) })
  ).json()) as CheckpointAnswer

  expect(answer.continue).toBe(false)
  expect(await lease('w2')).toMatchObject({ items: [], next: 'paused' })
  expect(await (await api.call('GET', '/sessions/orders/backfill/status')).json()).toMatchObject({
    phase: 'Paused',
    waitingFor: { code: 'paused', detail: 'Paused by test admin' },
    eta: null,
  })
  await api.call('POST', '/sessions/orders/backfill/resume', { body: {} })
  expect((await lease('w2')).items).toHaveLength(1)
})

test('a run token opens the tool routes of its own run and nothing else, and dies with the run', async () => {
  const api = await startApp()
  const { token, run, lease } = await givenBackfill(api, 1)

  expect((await api.call('GET', '/sessions', { token })).status).toBe(403)
  expect((await api.call('GET', `/runs/${run.id}`, { token })).status).toBe(403)
  expect(
    (
      await api.call('POST', `/runs/${crypto.randomUUID()}/work-items/lease`, {
        token,
        body: { worker: 'w', max: 1 },
      })
    ).status,
  ).toBe(404)
  await api.db.query(`update run set state = 'Stopped', finished_at = now() where id = $1`, [run.id])
  expect(await lease('w1')).toMatchObject({ code: 'run_not_open' })
})

test('a status with 100,000 work items takes no longer than one with few', { timeout: 60_000 }, async () => {
  const api = await startApp()
  const { run } = await givenBackfill(api, 1)
  await api.db.query(
    `insert into work_item (run_id, key, index_name, shard, spec, bytes, expected)
     select $1, 'many.' || n, 'orders', n % 50, '{}', 1000, 10 from generate_series(1, 100000) n`,
    [run.id],
  )
  await api.db.query('analyze')
  const times: number[] = []
  for (let n = 0; n < 15; n++) {
    const started = performance.now()
    expect((await api.call('GET', '/sessions/orders/backfill/status')).status).toBe(200)
    times.push(performance.now() - started)
  }

  // The bar is 50 ms and is measured in the bench; here a scan of the items would show as seconds.
  expect(times.sort((a, b) => a - b)[7]).toBeLessThan(500)
})
