// What every scenario of the smoke suite is given: a door, the database behind it, and a session of its own.
import { expect } from 'vitest'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'
import type { Db } from '../../shared/db/database.ts'
import type { Door } from './doors.ts'

export type Call = {
  /** Null calls as nobody; default the admin. */
  token?: string | null
  /** A text or bytes are sent as they are, with the content type of `headers`. */
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

export type World = {
  door: Door
  db: Db
  artifacts: ArtifactStore
  admin: string
  /** An OpenSearch, by its looks, that is not on loopback; undefined on a machine that has no such address. */
  cluster: string | undefined
  /** Leaves the scenario, and says so in the report. */
  skip(why: string): never
}

export type Scenario = [says: string, run: (world: World) => Promise<void>]

/** One request through the socket of the door. */
export function call(
  { door, admin }: Pick<World, 'door' | 'admin'>,
  method: string,
  path: string,
  given: Call = {},
) {
  const { token = admin, body, headers = {}, signal } = given
  const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array
  return fetch(`${door.url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(raw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: raw ? (body instanceof Uint8Array ? new Uint8Array(body) : body) : JSON.stringify(body),
    redirect: 'manual',
    signal: signal ?? AbortSignal.timeout(10_000),
  })
}

/** The answer is this problem, in the form of RFC 9457, under the request's id, and never kept by a cache. */
export async function expectProblem(response: Response, status: number, code: string): Promise<Json> {
  const problem = await json(response)
  expect(problem).toMatchObject({
    type: `urn:migration-assistant:problem:${code}`,
    title: expect.any(String),
    status,
    code,
    detail: expect.any(String),
    requestId: response.headers.get('x-request-id'),
  })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  return problem
}

export type Json = Record<string, unknown>

/** The answer as a JSON object; anything else fails the test. */
export async function json(response: Response): Promise<Json> {
  const text = await response.text()
  const value: unknown = JSON.parse(text)
  expect(value, text).toBeTypeOf('object')
  return { ...Object(value) }
}

let made = 0

/** A new session with a name that no other has; `config` is saved as its first version. */
export async function givenSession(world: World, config?: Json): Promise<{ id: string; name: string }> {
  made += 1
  const name = `${world.door.runtime}-${made}`
  const created = await call(world, 'POST', '/sessions', { body: { name } })
  expect(created.status).toBe(201)
  const { id } = await json(created)
  if (config) {
    const headers = { 'if-match': '"0"' }
    const saved = await call(world, 'PUT', `/sessions/${name}/config`, { body: config, headers })
    expect(saved.status).toBe(200)
  }
  return { id: String(id), name }
}

/** Source and target that nobody answers at: enough to start a run that nobody works on. */
export const unansweredClusters = {
  source: { endpoint: 'http://192.0.2.77:9200', auth: { type: 'none' } },
  target: { endpoint: 'http://192.0.2.78:9200', auth: { type: 'none' } },
}
