import { expect, test } from 'vitest'
import { oneTimeCode } from '../../../serve/parts/admin.ts'
import { startApp, type TestApp } from '../../harness/app.ts'

const home = { host: 'ma.example', origin: 'http://ma.example' }

async function givenCode({ db }: TestApp) {
  const { rows } = await db.query<{ id: string }>(`select id from token where role = 'admin' limit 1`)
  return oneTimeCode(db, rows[0]?.id ?? '')
}

const signIn = ({ call }: TestApp, body: object, headers: Record<string, string> = {}) =>
  call('POST', '/auth/login', { token: null, body, headers })

async function givenCookie(api: TestApp): Promise<string> {
  const answer = await signIn(api, { code: await givenCode(api) })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

test('a one-time code signs in once, into a cookie that is neither code nor token', async () => {
  const api = await startApp()
  const code = await givenCode(api)

  const answers = await Promise.all([signIn(api, { code }), signIn(api, { code }), signIn(api, { code })])

  const [signedIn, ...others] = answers.sort((a, b) => a.status - b.status)
  expect(others.map(({ status }) => status)).toEqual([401, 401])
  expect(signedIn?.status).toBe(200)
  const cookie = signedIn?.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^migration_assistant=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(cookie).not.toContain(code)
  const me = await api.call('GET', '/auth/me', {
    token: null,
    headers: { cookie: cookie.split(';')[0] ?? '' },
  })
  expect(await me.json()).toMatchObject({ name: 'test admin', role: 'admin', via: 'cookie' })
  const kept = JSON.stringify(
    (await api.db.query('select w::text, c::text from web_session w left join login_code c on true')).rows,
  )
  expect(kept).not.toContain(cookie.slice(20, 60))
})

test('an expired code does not sign in', async () => {
  const api = await startApp()
  const code = await givenCode(api)
  await api.db.query(`update login_code set expires_at = now() - interval '1 second'`)

  expect((await signIn(api, { code })).status).toBe(401)
})

test('a code of a revoked token does not sign in', async () => {
  const api = await startApp()
  const code = await givenCode(api)
  await api.db.query('update token set revoked_at = now()')

  expect((await signIn(api, { code })).status).toBe(401)
})

test('after ten failures in a minute an address waits, and every attempt is audited', async () => {
  const api = await startApp()
  for (let i = 0; i < 10; i++) expect((await signIn(api, { token: `wrong-${i}` })).status).toBe(401)
  const code = await givenCode(api)

  const held = await signIn(api, { code })
  await api.db.query(`update login_failure set at = at - interval '1 minute'`)
  const later = await signIn(api, { code })

  expect(held.status).toBe(429)
  expect(held.headers.get('retry-after')).toBe('60')
  expect(await held.json()).toMatchObject({ code: 'too_many_requests' })
  expect(later.status).toBe(200)
  const { items } = (await (await api.call('GET', '/audit?limit=500')).json()) as {
    items: { status: number; actor: string }[]
  }
  expect(items.map(({ status }) => status)).toEqual([200, 429, ...Array(10).fill(401)])
  expect(items[0]?.actor).toBe('test admin')
  expect(items[1]?.actor).toBe('nobody')
})

test.each([
  ['another site', { origin: 'https://evil.example' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['nowhere it says', {}, 403],
  ['another port', { origin: 'http://ma.example:81' }, 403],
  ['our own pages', { origin: home.origin }, 201],
])('a signed-in browser that changes things from %s is answered rightly', async (_, headers, status) => {
  const api = await startApp()
  const cookie = await givenCookie(api)

  const answer = await api.call('POST', '/sessions', {
    token: null,
    body: { name: 'orders' },
    headers: { cookie, host: home.host, ...headers },
  })

  expect(answer.status).toBe(status)
  if (status === 403) expect(await answer.json()).toMatchObject({ code: 'origin_not_allowed' })
  expect((await api.call('GET', '/sessions/orders')).status).toBe(status === 201 ? 200 : 404)
})

test('a page of another site cannot sign its reader in', async () => {
  const api = await startApp()

  const answer = await signIn(
    api,
    { code: await givenCode(api) },
    { origin: 'https://evil.example', host: home.host },
  )

  expect(answer.status).toBe(403)
  expect(answer.headers.get('set-cookie')).toBeNull()
})

test('signing out ends the sign-in, also for who copied the cookie', async () => {
  const api = await startApp()
  const cookie = await givenCookie(api)
  const me = () => api.call('GET', '/auth/me', { token: null, headers: { cookie } })
  expect((await me()).status).toBe(200)

  const out = await api.call('POST', '/auth/logout', { token: null, headers: { cookie, ...home } })

  expect(out.status).toBe(204)
  expect(out.headers.get('set-cookie')).toMatch(/^migration_assistant=; Max-Age=0/)
  await expect.poll(async () => (await me()).status, { timeout: 6_000 }).toBe(401)
})

test('an expired sign-in is nobody', async () => {
  const api = await startApp()
  const cookie = await givenCookie(api)
  await api.db.query(`update web_session set expires_at = now() - interval '1 second'`)

  expect((await api.call('GET', '/auth/me', { token: null, headers: { cookie } })).status).toBe(401)
})

test('a cookie is no bearer token, and a token no cookie', async () => {
  const api = await startApp()
  const cookie = await givenCookie(api)
  const token = await api.token('admin')

  expect((await api.call('GET', '/auth/me', { token: cookie.split('=')[1] ?? '' })).status).toBe(401)
  const asCookie = await api.call('GET', '/auth/me', {
    token: null,
    headers: { cookie: `migration_assistant=${token}` },
  })
  expect(asCookie.status).toBe(401)
})
