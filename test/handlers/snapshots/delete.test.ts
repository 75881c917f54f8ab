import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { insertRun } from '../../../shared/db/runs.ts'
import { givenSession, startApp } from '../../harness/app.ts'
import { startSnapshotCluster } from '../../harness/snapshot-cluster.ts'

async function given() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ma-roots-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const api = await startApp({ repositoryRoots: [root] })
  const cluster = await startSnapshotCluster()
  for (const name of ['first', 'second'])
    cluster.snapshots.set(name, { state: 'SUCCESS', indices: ['orders'], doneBytes: 0 })
  const session = await givenSession(api, 'orders', {
    source: { endpoint: cluster.url, auth: { type: 'none' } },
    repositories: { main: { type: 'fs', path: join(root, 'main') } },
  })
  const remove = (name: string, query = `?confirm=${name}`) =>
    api.call('DELETE', `/sessions/orders/snapshots/${name}${query}`)
  return { api, cluster, session, remove, root }
}

test('a snapshot is deleted through the source, with what is gone and what stays', async () => {
  const { api, cluster, remove } = await given()

  const response = await remove('first')

  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    repository: 'main',
    name: 'first',
    finished: true,
    deleted: { uuid: 'uuid-of-first', state: 'SUCCESS', indexes: ['orders'] },
    message: expect.stringContaining('other snapshots'),
  })
  expect([...cluster.snapshots.keys()]).toEqual(['second'])
  const { rows } = await api.db.query<{ data: unknown }>(
    `select data from event where type = 'snapshot.deleted'`,
  )
  expect(rows).toMatchObject([{ data: { repository: 'main', name: 'first' } }])
})

test.each(['', '?confirm=', '?confirm=second'])(
  'without its name repeated (%s) nothing is asked of the source',
  async (query) => {
    const { cluster, remove } = await given()

    const response = await remove('first', query)

    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'confirmation_needed' })
    expect(cluster.requests).toEqual([])
  },
)

test.each(['*', 'first,second', '_all', '-first', 'fir?t'])(
  'the name %s, which means several, is refused',
  async (name) => {
    const { cluster, remove } = await given()

    const response = await remove(encodeURIComponent(name))

    expect(response.status).toBe(400)
    expect(cluster.snapshots.size).toBe(2)
  },
)

test('a snapshot that is not there is said', async () => {
  const { remove } = await given()

  const response = await remove('third')

  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'snapshot_not_found' })
})

test.each([
  ['snapshot', { repository: 'main', snapshot: 'first' }],
  ['backfill', { snapshotRef: { repository: 'main', snapshot: 'first' } }],
] as const)('a snapshot that an open %s run uses stays', async (action, params) => {
  const { api, cluster, session, remove } = await given()
  const run = await insertRun(api.db, {
    sessionId: session.id,
    action,
    params,
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
  })

  const response = await remove('first')

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'snapshot_in_use', runId: run.id })
  expect(cluster.snapshots.size).toBe(2)
  expect((await remove('second')).status).toBe(200)
})

test('a registration of our name that means another place is left alone, and so are its snapshots', async () => {
  const { cluster, remove } = await given()
  const registered = { type: 'fs', settings: { location: '/somewhere/else' } }
  cluster.repositories.set('migration-assistant-main', registered)

  const response = await remove('first')

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'repository_differs', evidence: expect.any(Object) })
  expect(cluster.repositories.get('migration-assistant-main')).toEqual(registered)
  expect(cluster.snapshots.size).toBe(2)
})

test('an operator may not delete', async () => {
  const { api, cluster } = await given()

  const response = await api.call('DELETE', '/sessions/orders/snapshots/first?confirm=first', {
    token: await api.token('operator'),
  })

  expect(response.status).toBe(403)
  expect(cluster.snapshots.size).toBe(2)
})
