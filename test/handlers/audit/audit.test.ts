import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditEntry } from '../../../shared/domain/access.ts'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

async function entries(query = ''): Promise<AuditEntry[]> {
  return ((await (await api.call('GET', `/audit?limit=500${query}`)).json()) as { items: AuditEntry[] }).items
}

test('every change leaves an entry: who, what, from where, with which result', async () => {
  await givenSession(api, 'orders', twoClusters)
  await api.call('PATCH', '/sessions/orders', {
    body: { description: 'x' },
    headers: { 'x-request-id': 'req-1' },
  })

  const [newest] = await entries('&session=orders')

  expect(newest).toMatchObject({
    actor: 'test admin',
    address: '127.0.0.1',
    operation: 'sessionsUpdate',
    method: 'PATCH',
    path: '/sessions/orders',
    session: 'orders',
    status: 200,
    code: null,
    requestId: 'req-1',
  })
})

test.each([
  ['too low a role', 'viewer', undefined, 403, 'not_allowed'],
  ['a session out of reach', 'operator', ['elsewhere'], 404, 'session_not_found'],
] as const)(
  'a change that is refused for %s leaves an entry too',
  async (_, role, sessions, status, code) => {
    await givenSession(api, `refused-${status}`)
    const token = await api.token(role, sessions ? [...sessions] : undefined)

    await api.call('PATCH', `/sessions/refused-${status}`, { token, body: {} })

    const found = (await entries()).find(({ path }) => path === `/sessions/refused-${status}`)
    expect(found).toMatchObject({ actor: `test ${role}`, status, code })
  },
)

test('bad input and a conflict are entries with their codes, and reading is none', async () => {
  await givenSession(api, 'quiet')
  const before = (await entries()).length
  await api.call('POST', '/sessions', { body: { name: 'quiet' } })
  await api.call('POST', '/sessions', { body: { name: '' } })
  await api.call('GET', '/sessions/quiet')

  const codes = (await entries()).slice(0, -before).map(({ code }) => code)

  expect(codes).toEqual(['invalid_input', 'session_exists'])
})

test('nothing is done whose entry cannot be written', async () => {
  const own = await startApp()
  await own.db.query('alter table audit_entry rename to elsewhere')

  const answer = await own.call('POST', '/sessions', { body: { name: 'orders' } })

  expect(answer.status).toBe(500)
  expect((await own.db.query('select 1 from session')).rowCount).toBe(0)
})

test('the entry is there before the act, so that a process that dies leaves a trace', async () => {
  const own = await startApp()
  await own.db.query(`
    create function look() returns trigger language plpgsql as $$
    begin
      if not exists (select 1 from audit_entry where operation = 'sessionsCreate' and status is null) then
        raise exception 'no entry yet';
      end if;
      return new;
    end $$;
    create trigger look before insert on session for each row execute function look()`)

  expect((await own.call('POST', '/sessions', { body: { name: 'orders' } })).status).toBe(201)
})

test('an entry that cannot be completed does not spoil the answer', async () => {
  const own = await startApp()
  await own.db.query(`
    create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
    create trigger no before update on audit_entry for each row execute function no()`)

  const answer = await own.call('POST', '/sessions', { body: { name: 'orders' } })

  expect(answer.status).toBe(201)
  expect(own.logged.some((line) => line.includes('audit entry was not completed'))).toBe(true)
})
