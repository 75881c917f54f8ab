import { expect, test } from 'vitest'
import { forgetOld } from '../../../shared/db/retention.ts'
import type { Run } from '../../../shared/domain/run.ts'
import { givenSession, startApp, twoClusters } from '../../harness/app.ts'

test('old rows go, young ones and the logs of open runs stay', async () => {
  const api = await startApp()
  const { db } = api
  await givenSession(api, 'ended', twoClusters)
  await givenSession(api, 'open', twoClusters)
  const start = async (name: string) =>
    (await (await api.call('POST', `/sessions/${name}/metadata/start`)).json()) as Run
  const [ended, open] = [await start('ended'), await start('open')]
  await db.query(
    `insert into log_line (run_id, at, level, message) select id, now() - interval '90 days', 'info', 'old' from run`,
  )
  await db.query(`update run set state = 'Stopped', finished_at = now() - interval '31 days' where id = $1`, [
    ended.id,
  ])
  await db.query('alter table event disable trigger event_is_immutable')
  await db.query(`update event set at = now() - interval '31 days' where session_id = $1`, [ended.sessionId])
  await db.query(
    `insert into idempotency_key (token_id, key, request, body_sha256, created_at)
     select gen_random_uuid(), k, '', '', now() - case k when 'old' then interval '25 hours' else interval '1 hour' end
     from unnest(array['old', 'young']) k`,
  )
  await db.query(`insert into login_failure values ('a', now() - interval '2 hours'), ('b', now())`)
  await db.query(
    `insert into connection_check (session_id, role, config_version, result)
     select $1, 'source', 1, jsonb_build_object('n', n) from generate_series(1, 25) n`,
    [open.sessionId],
  )

  const forgotten = await forgetOld(db)
  const again = await forgetOld(db)

  expect(forgotten).toMatchObject({ log_line: 1, idempotency_key: 1, login_failure: 1, connection_check: 5 })
  expect(forgotten.event).toBeGreaterThan(0)
  expect(Object.values(again).every((count) => count === 0)).toBe(true)
  expect((await db.query('select run_id from log_line')).rows).toEqual([{ run_id: open.id }])
  expect((await db.query('select 1 from event where session_id = $1', [ended.sessionId])).rowCount).toBe(0)
  expect(
    (await db.query('select 1 from event where session_id = $1', [open.sessionId])).rowCount,
  ).toBeGreaterThan(0)
  expect((await api.call('GET', `/runs/${ended.id}`)).status).toBe(200)
})
