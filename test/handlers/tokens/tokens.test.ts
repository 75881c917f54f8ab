import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { revokeToken } from '../../../shared/db/access.ts'
import { Token } from '../../../shared/domain/access.ts'
import { givenSession, startApp, type TestApp } from '../../harness/app.ts'

type Created = Token & { token: string }

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

const create = async (body: object) => {
  const response = await api.call('POST', '/tokens', { body })
  return { response, token: (await response.clone().json()) as Created }
}

test('a token is told once, works, and is listed without its value', async () => {
  const { response, token } = await create({
    name: 'nightly',
    role: 'viewer',
    expiresAt: '2999-01-31T00:00:00Z',
  })
  const list = await (await api.call('GET', '/tokens?limit=500')).text()

  expect(response.status).toBe(201)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(token).toMatchObject({
    sessions: '*',
    expiresAt: '2999-01-31T00:00:00.000Z',
    createdBy: 'test admin',
  })
  expect((await api.call('GET', '/auth/me', { token: token.token })).status).toBe(200)
  expect(list).toContain(token.id)
  expect(list).not.toContain(token.token)
  const { items } = JSON.parse(list) as { items: unknown[] }
  for (const item of items) v.parse(Token, item)
  const rows = (await api.db.query<{ row: string }>('select t::text as row from token t')).rows
  expect(JSON.stringify(rows)).not.toContain(token.token)
})

test.each([
  ['a day that is not in the calendar', '2999-02-31T00:00:00Z'],
  ['a moment that is over', '2001-01-01T00:00:00Z'],
  ['an offset of no place', '2999-01-01T00:00:00+23:00x'],
  ['a day only', '2999-01-01'],
  ['words', 'Jan 1 2999'],
])('an expiry with %s is refused at its field', async (_, expiresAt) => {
  const { response } = await create({ name: 'bad', role: 'viewer', expiresAt })

  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    errors: expect.arrayContaining([expect.objectContaining({ path: '/expiresAt' })]),
  })
})

test('an expiry with any offset that a clock may have is kept in UTC', async () => {
  const { token } = await create({ name: 'far', role: 'viewer', expiresAt: '2999-01-01T00:00:00+23:00' })

  expect(token.expiresAt).toBe('2998-12-31T01:00:00.000Z')
})

test('an expired token is nobody', async () => {
  const { token } = await create({ name: 'short', role: 'admin', expiresAt: '2999-01-01T00:00:00Z' })
  await api.db.query(`update token set expires_at = now() - interval '1 second' where id = $1`, [token.id])

  expect((await api.call('GET', '/sessions', { token: token.token })).status).toBe(401)
})

test('revoking a token ends it and the browsers it signed in, and is harmless twice', async () => {
  const { token } = await create({ name: 'lost laptop', role: 'operator' })
  const signedIn = await api.call('POST', '/auth/login', { token: null, body: { token: token.token } })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const asBrowser = () => api.call('GET', '/auth/me', { token: null, headers: { cookie } })
  expect((await asBrowser()).status).toBe(200)

  expect((await api.call('DELETE', `/tokens/${token.id}`)).status).toBe(204)
  expect((await api.call('DELETE', `/tokens/${token.id}`)).status).toBe(204)

  await expect.poll(async () => (await asBrowser()).status, { timeout: 6_000 }).toBe(401)
  await expect
    .poll(async () => (await api.call('GET', '/auth/me', { token: token.token })).status, { timeout: 6_000 })
    .toBe(401)
  expect((await api.db.query('select 1 from web_session where token_id = $1', [token.id])).rowCount).toBe(0)
  expect((await api.call('POST', '/auth/login', { token: null, body: { token: token.token } })).status).toBe(
    401,
  )
})

test('of two admins who are revoked at once, one stays', async () => {
  const own = await startApp()
  await own.token('admin')
  const { rows } = await own.db.query<{ id: string }>('select id from token')

  const ends = await Promise.allSettled(rows.map(({ id }) => revokeToken(own.db, id)))

  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'last_admin_token' },
  })
  expect((await own.db.query('select 1 from token where revoked_at is null')).rowCount).toBe(1)
})

test('a token of one session works there and nowhere else', async () => {
  await givenSession(api, 'mine')
  await givenSession(api, 'yours')
  const { token } = await create({ name: 'narrow', role: 'operator', sessions: ['mine'] })

  expect((await api.call('GET', '/sessions/mine', { token: token.token })).status).toBe(200)
  expect((await api.call('GET', '/sessions/yours', { token: token.token })).status).toBe(404)
})

test('a repeated key on /tokens makes another token: an answer with a token is never kept', async () => {
  const headers = { 'idempotency-key': 'again' }
  const first = await api.call('POST', '/tokens', { body: { name: 'one', role: 'viewer' }, headers })
  const second = await api.call('POST', '/tokens', { body: { name: 'one', role: 'viewer' }, headers })

  const [a, b] = [(await first.json()) as Created, (await second.json()) as Created]
  expect(a.id).not.toBe(b.id)
  expect((await api.db.query('select 1 from idempotency_key')).rowCount).toBe(0)
})
