// The local engine over processes that a test ends as it likes.
import { expect, test } from 'vitest'
import { comeToGate } from '../../shared/db/approvals.ts'
import { type HeavyRun, holdRun } from '../../shared/db/heavy-runs.ts'
import { insertRun } from '../../shared/db/runs.ts'
import { leaseItems } from '../../shared/db/work-items.ts'
import { planWork } from '../../shared/db/work-plan.ts'
import { localEngine } from '../../shared/workflows/local.ts'
import type { Processes, ProcessState } from '../../shared/workflows/processes.ts'
import { givenSession, startApp, twoClusters } from '../harness/app.ts'

async function givenEngine(workers: number, gates: string[] = []) {
  const { db, ...api } = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders', twoClusters)
  const { id } = await insertRun(db, {
    sessionId,
    action: 'backfill',
    params: { plan: { gates } },
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
    workers,
    knobs: { batchBytes: 1_000_000, concurrency: 4, rateLimit: null },
  })
  const processes = new TestProcesses()
  const engine = localEngine({ db, processes, apiUrl: () => 'http://127.0.0.1:9' })
  const tick = async () => {
    const held = await holdRun(db, id, 'test')
    if (held) await engine.tick(held)
    return held
  }
  const [item, index] = [
    { bytes: 1, priority: 0, expected: 1 },
    { name: 'orders', targetName: 'orders' },
  ]
  const spec = { index: 'orders', targetIndex: 'orders', shard: 0, segment: '_0', from: 0, to: 1 }
  const items = Array.from({ length: 4 }, (_, n) => ({ ...item, key: `i${n}`, spec }))
  const plan = { indexes: [{ ...index, shards: 1, existingDocuments: 0 }], items, complete: true }
  await planWork(db, id, plan)
  for (let ticks = 0; ticks < 3; ticks++) await tick()
  const read = async () => {
    const { rows } = await db.query<Pick<HeavyRun, 'state'> & { code: string | null; starts: number }>(
      `select state, error ->> 'code' as code,
         coalesce((select starts from run_step where run_id = run.id and step = 'work'), 0) as starts
       from run where id = $1`,
      [id],
    )
    return rows[0]
  }
  /** As if the wait before the next start were over. */
  const wait = () => db.query(`update run_step set not_before = now()`)
  return { ...api, db, id, processes, tick, read, wait }
}

class TestProcesses implements Processes {
  readonly all = new Map<string, ProcessState>()
  started = 0

  start({ key }: { key: string }) {
    this.started++
    this.all.set(key, { key, running: true, code: null, signal: null, asked: false, tail: [] })
  }
  list = (prefix: string) => [...this.all.values()].filter(({ key }) => key.startsWith(prefix))
  stop(key: string) {
    this.end(key, { code: 3, asked: true })
  }
  forget(key: string) {
    this.all.delete(key)
  }
  end(prefix: string, how: Partial<ProcessState>) {
    for (const process of this.list(prefix)) Object.assign(process, { running: false, ...how })
  }
}

test('eight workers are started at once, and that alone is no crash loop', async () => {
  const { processes, tick, read } = await givenEngine(8)

  await tick()

  expect(processes.list('').filter(({ running }) => running)).toHaveLength(8)
  expect(await read()).toEqual({ state: 'Running', code: null, starts: 0 })
})

test('workers that all die at once are one crash; at the sixth without progress the run fails', async () => {
  const { processes, tick, read, wait } = await givenEngine(4)

  for (let crash = 1; crash <= 5; crash++) {
    processes.end('', { code: null, signal: 'SIGKILL' })
    await tick()
    expect(await read()).toMatchObject({ state: 'Running', starts: crash })
    await wait()
    await tick()
  }
  expect(processes.list('').filter(({ running }) => running)).toHaveLength(4)
  processes.end('', { code: null, signal: 'SIGKILL' })
  await tick()

  expect(await read()).toMatchObject({ state: 'Failed', code: 'crash_loop' })
})

test('pausing and resuming as often as one likes is no crash', async () => {
  const { db, id, processes, tick, read } = await givenEngine(2)

  for (let time = 0; time < 8; time++) {
    await db.query(`update run set state = 'Paused', paused_at = now() where id = $1`, [id])
    await tick()
    await db.query(`update run set state = 'Running' where id = $1`, [id])
    await tick()
  }

  expect(processes.list('').filter(({ running }) => running)).toHaveLength(2)
  expect(await read()).toEqual({ state: 'Running', code: null, starts: 0 })
})

test('what a dead worker held is free at once, and what another holds stays held', async () => {
  const { db, id, processes, tick } = await givenEngine(2)
  await leaseItems(db, id, 'local-work-0-a1', 1)
  await leaseItems(db, id, 'local-work-1-b2', 1)

  processes.end(`${id}/work-0`, { code: null, signal: 'SIGKILL' })
  await tick()
  const { items } = await leaseItems(db, id, 'local-work-0-c3', 4)

  expect(items.map(({ key }) => key)).toEqual(['i0', 'i2', 'i3'])
})

test('a gate of the plan holds the run until a person approves it, and only there', async () => {
  const { db, id, processes, tick, call } = await givenEngine(2, ['evaluated'])
  const waiting = await comeToGate(db, id, 'evaluated')
  expect([waiting?.state, processes.list('').length]).toEqual(['waiting', 0])

  await call('POST', `/approvals/${waiting?.id}/approve`, { body: { comment: 'go' } })
  for (let ticks = 0; ticks < 2; ticks++) await tick()

  expect(processes.list(`${id}/work-`)).toHaveLength(2)
})
