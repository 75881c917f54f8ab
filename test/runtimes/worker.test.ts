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

test('a Worker reads workflows of an API server that it may trust, and else says why it does not', async () => {
  const { url, db } = await createDatabase()
  const { rows } = await db.query<{ id: string }>(
    `with s as (insert into session (name, description) values ('looked-at', '') returning id),
     c as (insert into config_version (session_id, version, document, valid, errors, author)
       select id, 1, '{}', true, '[]', 'test' from s returning session_id)
     insert into run (session_id, action, params, config_version, requested_by, request_id, state, phase, workflow, started_at, wanted_workers, knobs)
     select session_id, 'backfill', '{}', 1, 'test', 'test', 'Running', 'Running',
       '{"engine":"argo","namespace":"ma","name":"backfill-1","uid":null}', now(), 1, '{}' from c returning id`,
  )
  const asked: { url: string; authorization: string | null; redirect: string | undefined }[] = []
  vi.stubGlobal('fetch', async (to: string, { headers, redirect }: RequestInit) => {
    asked.push({ url: to, authorization: new Headers(headers).get('authorization'), redirect })
    const workflow = { metadata: { name: 'backfill-1', uid: 'u' }, spec: {}, status: { phase: 'Running' } }
    return Response.json(to.includes('/workflows/') ? workflow : { items: [] })
  })
  onTestFinished(() => void vi.unstubAllGlobals())
  const look = async (more: object) => {
    const later = execution()
    const headers = { authorization: `Bearer ${environment(url, '').MA_ADMIN_TOKEN}` }
    const request = new Request(`http://worker.example/runs/${rows[0]?.id}/workflow`, { headers })
    const text = await (await worker().fetch(request, { ...environment(url, ''), ...more }, later)).text()
    await later.settled()
    return JSON.parse(text)
  }

  const way = { MA_KUBERNETES_URL: 'https://kubernetes.example/', MA_KUBERNETES_TOKEN: 'token-of-a-reader' }
  expect(await look({ ...way, MA_ARGO_NAMESPACE: 'ma' })).toMatchObject({ phase: 'Running' })
  expect(asked[0]).toEqual({
    url: 'https://kubernetes.example/apis/argoproj.io/v1alpha1/namespaces/ma/workflows/backfill-1',
    authorization: 'Bearer token-of-a-reader',
    redirect: 'manual',
  })
  const nowhere = await look({})
  expect(nowhere.phase).toBe('Unknown')
  expect(JSON.stringify(nowhere)).toContain('publicly trusted')
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('certificate of an unknown authority')))
  const refused = await look(way)
  expect(refused.phase).toBe('Unknown')
  expect(JSON.stringify(refused)).not.toContain('token-of-a-reader')
})
