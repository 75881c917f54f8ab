// What the database itself holds about runs, whoever writes.
import { expect, test } from 'vitest'
import { insertConfig } from '../../../shared/db/configs.ts'
import type { Db } from '../../../shared/db/database.ts'
import { LOG_LINES_KEPT, type ReportBatch, recordReports } from '../../../shared/db/reports.ts'
import { recordArtifact } from '../../../shared/db/run-parts.ts'
import {
  abandonRun,
  claimRun,
  completeRun,
  failRun,
  insertRun,
  releaseClaim,
  renewClaim,
  stopRun,
} from '../../../shared/db/runs.ts'
import { insertSession } from '../../../shared/db/sessions.ts'
import type { ItemReport } from '../../../shared/domain/report.ts'
import { createDatabase } from '../../harness/database.ts'

async function givenRun() {
  const { db } = await createDatabase()
  const { id: sessionId } = await insertSession(db, { name: 'orders', description: '' })
  await insertConfig(db, { sessionId, expected: 0, document: {}, valid: true, errors: [], author: 'a' })
  const open = () =>
    insertRun(db, {
      sessionId,
      action: 'metadata',
      params: {},
      configVersion: 1,
      requestedBy: 'a',
      requestId: 'r',
      traceparent: null,
    })
  const { id } = await open()
  return { db, id, sessionId, open }
}

async function claimed(db: Db, id: string) {
  const held = await claimRun(db, id)
  if (!held) throw new Error('the run was not claimed')
  return held
}

/** As if the process were killed and its time ran out. */
const lose = (db: Db, id: string) =>
  db.query(`update run set claimed_until = now() - interval '1 second' where id = $1`, [id])

const detail = {
  action: 'create' as const,
  message: null,
  rules: [],
  changes: [],
  drift: [],
  targetError: null,
  remedy: null,
  attempts: 1,
}
const item = (name: string): ItemReport => ({ kind: 'index', name, outcome: 'ok', detail })
const batch = (number: number, given: Partial<ReportBatch>): ReportBatch => ({
  number,
  progress: null,
  items: [],
  issues: [],
  logs: [],
  ...given,
})
const progress = (done: number) => ({ done, total: 10, unit: 'items', message: null })

test.each(['Completed', 'CompletedWithErrors'])(
  '%s without a result is refused by the database',
  async (state) => {
    const { db, id } = await givenRun()

    await expect(
      db.query('update run set state = $2, finished_at = now() where id = $1', [id, state]),
    ).rejects.toThrow(/check constraint/)
  },
)

test('a finished run never changes, in any column', async () => {
  const { db, id } = await givenRun()
  const { claim } = await claimed(db, id)
  await completeRun(db, claim, { done: true })

  for (const change of [
    `state = 'Failed'`,
    `result = '{}'`,
    'done = 7',
    'finished_at = null',
    `message = 'x'`,
  ])
    await expect(db.query(`update run set ${change} where id = $1`, [id])).rejects.toThrow(
      /finished run never changes/,
    )
  await expect(stopRun(db, id, { actor: 'a', requestId: 'r', reason: null })).rejects.toMatchObject({
    code: 'run_not_open',
  })
  await expect(
    failRun(db, claim, { code: 'x', message: 'x', evidence: {}, remedy: null }),
  ).rejects.toMatchObject({ code: 'lease_lost' })
  expect(await abandonRun(db, id, { code: 'x', message: 'x', evidence: {}, remedy: null })).toBe(false)
  expect(await renewClaim(db, claim)).toBe('lost')
  expect(await claimRun(db, id)).toBeUndefined()
})

test('of ten starts at once the database lets one in', async () => {
  const { db, id, sessionId, open } = await givenRun()
  await stopRun(db, id, { actor: 'a', requestId: 'r', reason: null })

  const ends = await Promise.allSettled(Array.from({ length: 10 }, open))

  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(
    ends.filter((end) => end.status === 'rejected' && end.reason.code === 'run_in_progress'),
  ).toHaveLength(9)
  expect(
    (await db.query('select 1 from run where session_id = $1 and finished_at is null', [sessionId])).rowCount,
  ).toBe(1)
})

test('of ten who claim at once one holds the run', async () => {
  const { db, id } = await givenRun()

  const held = await Promise.all(Array.from({ length: 10 }, () => claimRun(db, id)))

  expect(held.filter((one) => one !== undefined)).toHaveLength(1)
})

test('a holder that lost its run writes nothing: no report, no artifact, no ending', async () => {
  const { db, id } = await givenRun()
  const { claim: zombie } = await claimed(db, id)
  await lose(db, id)
  const { claim } = await claimed(db, id)

  await expect(
    recordReports(db, zombie, batch(1, { items: [item('late')], progress: progress(9) })),
  ).rejects.toMatchObject({ code: 'lease_lost' })
  const file = { runId: id, name: 'late.json', mediaType: 'application/json', size: 1, sha256: 's' }
  await expect(recordArtifact(db, file, zombie.epoch)).rejects.toMatchObject({ code: 'lease_lost' })
  await expect(completeRun(db, zombie, {})).rejects.toMatchObject({ code: 'lease_lost' })
  await releaseClaim(db, zombie, { counted: false })

  expect(await renewClaim(db, zombie)).toBe('lost')
  expect(await renewClaim(db, claim)).toBe('continue')
  expect((await db.query('select 1 from run_item union all select 1 from artifact')).rowCount).toBe(0)
  expect((await db.query('select 1 from run where done > 0 or claimed_until < now()')).rowCount).toBe(0)
})

test('a batch that is sent twice is taken once', async () => {
  const { db, id } = await givenRun()
  const { claim } = await claimed(db, id)
  const issue = {
    code: 'c',
    severity: 'info' as const,
    origin: 'tool' as const,
    retryable: false,
    scope: null,
    message: 'm',
    evidence: {},
    remedy: null,
  }
  const logs = [{ at: new Date().toISOString(), level: 'info' as const, message: 'm', fields: {} }]

  await recordReports(db, claim, batch(1, { issues: [issue], logs }))
  await recordReports(db, claim, batch(1, { issues: [issue], logs }))
  await recordReports(db, claim, batch(2, { issues: [issue] }))

  const { rows } = await db.query('select count from run_issue')
  expect(rows).toEqual([{ count: 2 }])
  expect((await db.query('select 1 from log_line')).rowCount).toBe(1)
})

test('telling again what is known is no progress; a new item or a further count is', async () => {
  const { db, id } = await givenRun()
  const fruitless = async () => {
    await lose(db, id)
    return (await claimed(db, id)).fruitless
  }
  const tell = async (given: Partial<ReportBatch>) => {
    await lose(db, id)
    const { claim } = await claimed(db, id)
    await recordReports(db, claim, batch(1, given))
  }

  await tell({ items: [item('a')], progress: progress(1) })
  expect(await fruitless()).toBe(1)
  await tell({ items: [item('a')], progress: progress(1) })
  expect(await fruitless()).toBe(3)
  await tell({ items: [item('b')] })
  expect(await fruitless()).toBe(1)
  await tell({ progress: progress(5) })
  expect(await fruitless()).toBe(1)
})

test('the count of a run that is gone on with does not run backwards', async () => {
  const { db, id } = await givenRun()
  const first = await claimed(db, id)
  await recordReports(db, first.claim, batch(1, { progress: progress(6) }))
  await lose(db, id)

  const second = await claimed(db, id)
  await recordReports(db, second.claim, batch(1, { progress: progress(2) }))

  const { rows } = await db.query('select done, percent from run')
  expect(rows).toEqual([{ done: 6, percent: 60 }])
})

test('who checks out in an orderly way is not counted as a start that got nowhere', async () => {
  const { db, id } = await givenRun()
  for (let i = 0; i < 8; i++) {
    const { claim, fruitless } = await claimed(db, id)
    expect(fruitless).toBe(1)
    await releaseClaim(db, claim, { counted: false })
  }

  for (let i = 1; i < 4; i++) {
    const { claim, fruitless } = await claimed(db, id)
    expect(fruitless).toBe(i)
    await releaseClaim(db, claim, { counted: true })
  }
})

test('a run that nobody holds and that was asked to stop is stopped at once, a held one when its holder lets go', async () => {
  const { db, id } = await givenRun()
  await claimed(db, id)

  const stopping = await stopRun(db, id, { actor: 'a', requestId: 'r', reason: 'one' })
  await lose(db, id)
  const stopped = await stopRun(db, id, { actor: 'b', requestId: 'r', reason: null })

  expect(stopping).toMatchObject({ state: 'Stopping', finishedAt: null })
  expect(stopped).toMatchObject({ state: 'Stopped', reason: 'one' })
})

test('at the limit of log lines the last one says so, once, and the run goes on', async () => {
  const { db, id } = await givenRun()
  const { claim } = await claimed(db, id)
  await db.query(
    `insert into log_line (run_id, level, message) select $1, 'info', 'line ' || n from generate_series(1, $2::integer) n`,
    [id, LOG_LINES_KEPT - 3],
  )
  await db.query('update run set log_lines = $2 where id = $1', [id, LOG_LINES_KEPT - 3])
  const line = (message: string) => ({
    at: new Date().toISOString(),
    level: 'info' as const,
    message,
    fields: {},
  })

  await recordReports(db, claim, batch(1, { logs: [line('kept 1')] }))
  await recordReports(db, claim, batch(2, { logs: ['kept 2', 'too many', 'far too many'].map(line) }))
  const goes = await recordReports(db, claim, batch(3, { logs: [line('later')] }))

  const { rows } = await db.query<{ message: string }>(
    'select message from log_line where run_id = $1 order by id desc limit 3',
    [id],
  )
  expect(rows.map(({ message }) => message)).toEqual([
    expect.stringContaining('the last line that is kept'),
    'kept 2',
    'kept 1',
  ])
  expect((await db.query('select count(*) as n from log_line')).rows).toEqual([{ n: LOG_LINES_KEPT }])
  expect(goes).toBe('continue')
})
