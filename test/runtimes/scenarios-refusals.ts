// What every door refuses, with the same words and in the same order: 401, 404, 403, 405/415, 400, 409/412/428.
import { expect } from 'vitest'
import { type Call, call, expectProblem, givenSession, json, type Scenario } from './world.ts'

type Refusal = [says: string, request: string, given: Call, status: number, code: string]

const text = { 'content-type': 'text/plain' }
const asJson = { 'content-type': 'application/json' }
const body = (content: string | Uint8Array): Call => ({ body: content, headers: asJson })

/** `:session` is one that exists and has no config. */
const refusals: Refusal[] = [
  ['nobody', 'GET /sessions', { token: null }, 401, 'not_authenticated'],
  ['an unknown token', 'GET /sessions', { token: 'never-seen' }, 401, 'not_authenticated'],
  ['nobody at an unknown route', 'GET /nowhere', { token: null }, 401, 'not_authenticated'],
  ['an unknown route', 'GET /nowhere', {}, 404, 'route_not_found'],
  ['an unknown session', 'GET /sessions/nowhere', {}, 404, 'session_not_found'],
  ['an unknown run', 'GET /runs/nothing', {}, 404, 'run_not_found'],
  [
    'an unknown session before the media type',
    'PUT /sessions/nowhere/config',
    { body: 'x', headers: text },
    404,
    'session_not_found',
  ],
  ['another method', 'DELETE /sessions', {}, 405, 'method_not_allowed'],
  ['nobody before another method', 'DELETE /sessions', { token: null }, 401, 'not_authenticated'],
  ['another media type', 'POST /sessions', { body: '{', headers: text }, 415, 'unsupported_media_type'],
  ['no JSON', 'POST /sessions', body('{"name":'), 400, 'invalid_input'],
  ['a config without If-Match', 'PUT /sessions/:session/config', { body: {} }, 428, 'version_required'],
  [
    'a stale config',
    'PUT /sessions/:session/config',
    { body: {}, headers: { 'if-match': '"7"' } },
    412,
    'stale_version',
  ],
  ['a start without clusters', 'POST /sessions/:session/metadata/start', {}, 409, 'source_not_configured'],
  ['a body of more than a megabyte', 'POST /sessions', body(' '.repeat(1_048_577)), 413, 'body_too_large'],
]

/** Bodies that are refused for what is in them, with the finding. */
const findings: [says: string, content: string | Uint8Array, path: string, code: string][] = [
  ['a name that is none', '{"name":"no spaces"}', '/name', 'regex'],
  ['a key that stands twice', '{"name":"one","name":"two"}', '/name', 'duplicate_key'],
  ['a body that is nested too deep', `${'['.repeat(65)}${']'.repeat(65)}`, expect.any(String), 'depth'],
  ['a body that is no UTF-8', Uint8Array.of(34, 0xff, 34), '', 'utf8'],
]

export const refusalScenarios: Scenario[] = [
  ...refusals.map(
    ([says, request, given, status, code]): Scenario => [
      `refuses ${says}: ${status} ${code}`,
      async (world) => {
        const name = request.includes(':session') ? (await givenSession(world)).name : ''
        const [method = '', path = ''] = request.replace(':session', name).split(' ')

        await expectProblem(await call(world, method, path, given), status, code)
      },
    ],
  ),
  ...findings.map(
    ([says, content, path, code]): Scenario => [
      `refuses ${says}, and names it`,
      async (world) => {
        const problem = await expectProblem(
          await call(world, 'POST', '/sessions', body(content)),
          400,
          'invalid_input',
        )

        expect(problem.errors).toEqual([expect.objectContaining({ path, code })])
      },
    ],
  ),
  [
    'refuses a role that is too low before it looks at the body, and what a token does not reach as if it were not there',
    async (world) => {
      const { name } = await givenSession(world)
      const token = async (sessions: unknown) => {
        const given = { name: 'reader', role: 'viewer', sessions }
        return String((await json(await call(world, 'POST', '/tokens', { body: given }))).token)
      }
      const path = `/sessions/${name}/config`
      const wrong = { body: 'x', headers: text }

      await expectProblem(
        await call(world, 'PUT', path, { ...wrong, token: await token('*') }),
        403,
        'not_allowed',
      )
      await expectProblem(
        await call(world, 'GET', path, { token: await token(['other']) }),
        404,
        'session_not_found',
      )
    },
  ],
  [
    'refuses a name that is taken',
    async (world) => {
      const { name } = await givenSession(world)

      await expectProblem(await call(world, 'POST', '/sessions', { body: { name } }), 409, 'session_exists')
    },
  ],
  [
    'refuses another method with the methods there are',
    async (world) => {
      const response = await call(world, 'DELETE', '/sessions')

      expect(response.headers.get('allow')).toBe('GET, POST')
      await expectProblem(response, 405, 'method_not_allowed')
    },
  ],
]
