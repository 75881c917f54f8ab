// What a door says of itself.
import { expect } from 'vitest'
import { handlers } from '../../handlers/index.ts'
import { call, expectProblem, givenSession, json, type Scenario } from './world.ts'

const nobody = { token: null }

export const systemScenarios: Scenario[] = [
  [
    'lives',
    async (world) => {
      const response = await call(world, 'GET', '/livez', nobody)

      expect(response.status).toBe(200)
      expect(await json(response)).toEqual({ status: 'ok' })
    },
  ],
  [
    'is ready, with database, queue and engine',
    async (world) => {
      const response = await call(world, 'GET', '/readyz', nobody)

      expect(response.status).toBe(200)
      expect(await json(response)).toMatchObject({
        status: 'ok',
        database: { status: 'ok' },
        queue: { status: 'ok' },
        engine: { status: 'ok', detail: 'local' },
      })
    },
  ],
  [
    'says which runtime it is',
    async (world) => {
      expect(await json(await call(world, 'GET', '/version', nobody))).toMatchObject({
        version: '0.1.0',
        runtime: world.door.runtime,
      })
    },
  ],
  [
    'describes every route there is',
    async (world) => {
      const document = await json(await call(world, 'GET', '/openapi.json', nobody))
      const described = Object.entries(Object(document.paths)).flatMap(([path, methods]) =>
        Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
      )
      const routes = Object.values(handlers).map(({ routes: [route] }) =>
        `${route?.method} ${route?.path}`.replace(/:(\w+)(\{[^/]*\})?/g, '{$1}'),
      )

      expect(document.openapi).toMatch(/^3\.1/)
      expect(described.sort()).toEqual(routes.sort())
    },
  ],
  [
    'has a reader whose files are its own',
    async (world) => {
      const page = await (await call(world, 'GET', '/docs', nobody)).text()
      const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)

      expect(files.sort()).toEqual(['/docs/reader.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css'])
      for (const file of files) {
        const response = await call(world, 'GET', file, nobody)
        expect([file, response.status]).toEqual([file, 200])
        expect(response.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/)
        expect((await response.text()).length).toBeGreaterThan(100)
      }
    },
  ],
  [
    'counts, where there is a process that can',
    async (world) => {
      const response = await call(world, 'GET', '/metrics', nobody)

      if (world.door.runtime === 'workerd')
        return void (await expectProblem(response, 501, 'not_on_this_runtime'))
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('migration_assistant_http_requests_total')
    },
  ],
  [
    'answers under the id that the request came with',
    async (world) => {
      const response = await call(world, 'GET', '/sessions/nowhere', {
        headers: { 'x-request-id': 'mine-1' },
      })

      expect(await json(response)).toMatchObject({ requestId: 'mine-1' })
      expect(response.headers.get('x-request-id')).toBe('mine-1')
    },
  ],
  [
    'signs a browser in with a cookie, which changes things only from our own pages',
    async (world) => {
      const { name } = await givenSession(world)
      const given = { ...nobody, body: { token: world.admin } }
      const signedIn = await call(world, 'POST', '/auth/login', given)
      const cookie = signedIn.headers.get('set-cookie') ?? ''
      const as = (origin?: string) => ({
        ...nobody,
        headers: { cookie: cookie.split(';', 1).join(''), ...(origin ? { origin } : {}) },
        body: { description: 'changed' },
      })

      expect(cookie).toMatch(/^migration_assistant=[\w-]{43}; .*HttpOnly; SameSite=Strict/)
      await expectProblem(await call(world, 'PATCH', `/sessions/${name}`, as()), 403, 'origin_not_allowed')
      await expectProblem(
        await call(world, 'PATCH', `/sessions/${name}`, as('http://elsewhere.example')),
        403,
        'origin_not_allowed',
      )
      expect((await call(world, 'PATCH', `/sessions/${name}`, as(world.door.url))).status).toBe(200)
    },
  ],
]
