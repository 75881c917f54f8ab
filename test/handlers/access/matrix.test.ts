// Every route × every role × no token × a token for another session, from the OpenAPI document, so that none is forgotten.
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { describeRoutes, handlers } from '../../../handlers/index.ts'
import { insertRun } from '../../../shared/db/runs.ts'
import type { UserRole } from '../../../shared/domain/access.ts'
import { givenSession, startApp, twoClusters } from '../../harness/app.ts'

type Operation = { method: string; path: string; access: UserRole | 'public' }

const document = (await describeRoutes(Object.values(handlers), 'test')) as {
  paths: Record<string, Record<string, { 'x-access': UserRole | 'public' }>>
}
const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { 'x-access': access }]) => ({
    method: method.toUpperCase(),
    path,
    access,
  })),
)
const rank = { viewer: 0, operator: 1, admin: 2 }
const roles = ['viewer', 'operator', 'admin'] as const

function fill(path: string, ids: { run: string }): string {
  return path
    .replace('{session}', 'orders')
    .replace('{run}', ids.run)
    .replace('{role}', 'source')
    .replace('{version}', '1')
    .replace('{token}', '00000000-0000-4000-8000-000000000000')
    .replace('{name}', 'some-name')
}

async function start(whenDone: (clean: () => Promise<void>) => void) {
  const api = await startApp({ whenDone })
  const { id: sessionId } = await givenSession(api, 'orders', twoClusters)
  await givenSession(api, 'elsewhere')
  const { id: run } = await insertRun(api.db, {
    sessionId,
    action: 'snapshot',
    params: {},
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
  })
  return { ...api, run }
}

/** What changes nothing shares one app. Made here, because a clean-up named inside a hook is never called. */
const shared = await start(afterAll)

describe('access', () => {
  test('the table covers the whole API', () => {
    expect(operations.length).toBe(Object.keys(handlers).length)
    expect(
      operations
        .filter(({ access }) => access === 'public')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['/auth/login', '/docs', '/livez', '/metrics', '/readyz', '/version'])
  })

  test.each(operations)(
    '$method $path answers 401 to nobody and to a wrong token, unless it is public',
    async ({ method, path, access }) => {
      const { call, run } = shared
      for (const token of [null, 'no-such-token']) {
        const response = await call(method, fill(path, { run }), { token })
        if (access === 'public') expect([200, 415]).toContain(response.status)
        else {
          expect(response.status).toBe(401)
          expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
          expect(await response.json()).toMatchObject({ code: 'not_authenticated' })
        }
      }
    },
  )

  test.each(operations.filter(({ access }) => access !== 'public'))(
    '$method $path needs the role $access',
    async ({ method, path, access }) => {
      const { call, run, token } = method === 'GET' ? shared : await start(onTestFinished)
      for (const role of roles) {
        const response = await call(method, fill(path, { run }), { token: await token(role) })
        const allowed = rank[role] >= rank[access as UserRole]
        const { code } =
          response.status === 403 ? ((await response.json()) as { code: string }) : { code: null }
        expect(code === 'not_allowed', `${role} got ${response.status}`).toBe(!allowed)
      }
    },
  )

  test.each(operations.filter(({ path }) => /\{(session|run)\}/.test(path)))(
    '$method $path is absent to a token of another session',
    async ({ method, path }) => {
      const { call, run, token } = shared
      for (const role of roles) {
        const response = await call(method, fill(path, { run }), { token: await token(role, ['elsewhere']) })
        expect(response.status).toBe(404)
        expect(await response.json()).toMatchObject({
          code: path.includes('{run}') ? 'run_not_found' : 'session_not_found',
        })
      }
    },
  )
})

describe('a token of one session', () => {
  test('sees in lists only what is its own, and cannot make itself a wider one', async () => {
    const { call, token } = shared
    const narrow = await token('admin', ['elsewhere'])

    const list = (await (await call('GET', '/sessions', { token: narrow })).json()) as {
      items: { name: string }[]
    }
    const audit = (await (await call('GET', '/audit', { token: narrow })).json()) as {
      items: { session: string }[]
    }

    expect(list.items.map(({ name }) => name)).toEqual(['elsewhere'])
    expect(audit.items.every(({ session }) => session === 'elsewhere')).toBe(true)
    expect(
      (await call('POST', '/tokens', { token: narrow, body: { name: 'wide', role: 'admin' } })).status,
    ).toBe(403)
    expect((await call('GET', '/tokens', { token: narrow })).status).toBe(403)
    expect((await call('POST', '/sessions', { token: narrow, body: { name: 'third' } })).status).toBe(403)
  })
})
