import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

const start = (session: string, key: string, body: object = { dryRun: true }, token?: string) =>
  api.call('POST', `/sessions/${session}/metadata/start`, {
    body,
    headers: { 'idempotency-key': key },
    ...(token ? { token } : {}),
  })

test('the same key with the same body gets the same answer, Location included, and starts once', async () => {
  await givenSession(api, 'repeated', twoClusters)

  const first = await start('repeated', 'k1')
  const second = await start('repeated', 'k1')

  expect([first.status, second.status]).toEqual([202, 202])
  expect(second.headers.get('location')).toBe(first.headers.get('location'))
  expect(second.headers.get('content-type')).toBe('application/json')
  expect(second.headers.get('idempotent-replay')).toBe('true')
  expect(await second.text()).toBe(await first.text())
  const { items } = (await (await api.call('GET', '/sessions/repeated/runs')).json()) as { items: object[] }
  expect(items).toHaveLength(1)
})

test('a refusal is repeated too, as the problem it was', async () => {
  await givenSession(api, 'refused')

  const first = await start('refused', 'k2')
  const second = await start('refused', 'k2')

  expect([first.status, second.status]).toEqual([409, 409])
  expect(second.headers.get('content-type')).toBe('application/problem+json')
  expect(await second.text()).toBe(await first.text())
})

test('the same key with another body, or for another path, is refused', async () => {
  await givenSession(api, 'one', twoClusters)
  await givenSession(api, 'two', twoClusters)
  await start('one', 'k3')

  for (const other of [await start('one', 'k3', { dryRun: false }), await start('two', 'k3')]) {
    expect(other.status).toBe(409)
    expect(await other.json()).toMatchObject({ code: 'idempotency_key_reused' })
  }
})

test('twenty twins at once open one run, and each is told so or to come back', async () => {
  await givenSession(api, 'twins', twoClusters)

  const answers = await Promise.all(Array.from({ length: 20 }, () => start('twins', 'k4')))

  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
    id?: string
    code?: string
  }[]
  const ids = new Set(bodies.flatMap(({ id }) => (id ? [id] : [])))
  expect(ids.size).toBe(1)
  expect(bodies.every(({ id, code }) => id !== undefined || code === 'request_in_progress')).toBe(true)
  expect(
    ((await (await api.call('GET', '/sessions/twins/runs')).json()) as { items: object[] }).items,
  ).toHaveLength(1)
})

test('the key of another token is another key', async () => {
  await givenSession(api, 'shared', twoClusters)
  const other = await api.token('operator')
  await start('shared', 'k5')

  const answer = await start('shared', 'k5', { dryRun: true }, other)

  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({ code: 'run_in_progress' })
})

test('an answer of 500 is forgotten, so that the same request may be sent again', async () => {
  const own = await startApp()
  await own.db.query('alter table session rename column description to other')
  const create = () =>
    own.call('POST', '/sessions', { body: { name: 'orders' }, headers: { 'idempotency-key': 'k6' } })
  const failed = await create()
  await own.db.query('alter table session rename column other to description')

  const again = await create()

  expect(failed.status).toBe(500)
  expect(again.status).toBe(201)
})

test('a request whose process died may be sent again after a minute', async () => {
  await givenSession(api, 'died', twoClusters)
  const { rows } = await api.db.query<{ id: string }>('select id from token order by created_at limit 1')
  await start('died', 'k7')
  await api.db.query(
    `update idempotency_key set status = null, body = null where token_id = $1 and key = 'k7'`,
    [rows[0]?.id],
  )

  const early = await start('died', 'k7')
  await api.db.query(`update idempotency_key set created_at = now() - interval '61 seconds' where key = 'k7'`)
  const late = await start('died', 'k7')

  expect(await early.json()).toMatchObject({ code: 'request_in_progress' })
  expect(await late.json()).toMatchObject({ code: 'run_in_progress' })
})

test.each([
  ['nothing', ''],
  ['a space', 'a b'],
  ['201 letters', 'x'.repeat(201)],
])('a key of %s is refused', async (_, key) => {
  const refused = await api.call('POST', '/sessions', {
    body: { name: 'never' },
    headers: { 'idempotency-key': key },
  })

  expect(refused.status).toBe(400)
})
