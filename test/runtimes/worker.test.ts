// The Worker without workerd: what does not depend on the runtime, and is quicker to ask here.
import type { ExecutionContext } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { selectRoutes } from '../../handlers/index.ts'
import { createWorker } from '../../serve/parts/worker.ts'
import { createDatabase } from '../harness/database.ts'
import { environment } from './doors.ts'

const worker = () =>
  createWorker({ routes: (config) => selectRoutes(config.MA_HANDLERS, config.MA_BASE_PATH) })

/** What a request leaves behind, to be waited for. */
function execution(): ExecutionContext & { settled(): Promise<unknown> } {
  const promises: Promise<unknown>[] = []
  return {
    waitUntil: (promise) => void promises.push(promise),
    passThroughOnException: () => undefined,
    props: {},
    settled: () => Promise.all(promises),
  }
}

test('a bad environment answers every request with 503, and only the log says why', async () => {
  const bindings = { MA_PORT: 'eighty', MA_SECRET_KEY: 'short', READER: {} }
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => said.mockRestore())

  const response = await worker().fetch(new Request('http://worker.example/livez'), bindings, execution())
  const text = await response.text()

  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'unavailable' })
  expect(text).not.toMatch(/MA_|eighty|short/)
  expect(said.mock.calls.join()).toMatch(/MA_PORT: .*MA_SECRET_KEY: /)
})

test('a Worker may serve below MA_BASE_PATH', async () => {
  const { url } = await createDatabase()
  const bindings = { ...environment(url, ''), MA_BASE_PATH: '/migration' }
  const api = worker()
  const ask = async (path: string) => {
    const later = execution()
    const response = await api.fetch(new Request(`http://worker.example${path}`), bindings, later)
    const text = await response.text()
    await later.settled()
    return { status: response.status, text }
  }

  expect((await ask('/migration/readyz')).status).toBe(200)
  expect((await ask('/readyz')).status).toBe(404)
  expect(JSON.parse((await ask('/migration/openapi.json')).text)).toMatchObject({
    servers: [{ url: '/migration' }],
  })
})

test('a request without a query opens no connection, and one with a query closes its own', async () => {
  const { url, db } = await createDatabase()
  const api = worker()
  const open = async () => {
    const { rows } = await db.query<{ count: number }>(
      `select count(*) as count from pg_stat_activity
       where datname = current_database() and application_name = 'migration-assistant worker'`,
    )
    return rows[0]?.count
  }
  const ask = async (path: string) => {
    const later = execution()
    const response = await api.fetch(new Request(`http://worker.example${path}`), environment(url, ''), later)
    return { response, later }
  }

  const alive = await ask('/livez')
  expect(await open()).toBe(0)
  await alive.response.text()
  const ready = await ask('/readyz')
  await ready.response.text()
  await ready.later.settled()
  await expect.poll(open).toBe(0)
  const abandoned = await ask('/readyz')
  await abandoned.response.body?.cancel()
  await abandoned.later.settled()
  await expect.poll(open).toBe(0)
})
