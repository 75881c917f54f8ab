// Secrets go in and never come out: one planted value, looked for wherever something comes out.
import { expect, test } from 'vitest'
import { describeRoutes, handlers } from '../../../handlers/index.ts'
import { givenSession, startApp } from '../../harness/app.ts'
import { givenJobs, hasEnded, runOnce } from '../../harness/jobs.ts'
import { between, startCluster } from '../../harness/search-cluster.ts'

const PLANTED = 'Planted-Secret-Value-7f3a'
const basic = Buffer.from(`u:${PLANTED}`).toString('base64')

test('a planted secret is in no answer, log, event, audit entry, export, run, document or row', async () => {
  const api = await startApp()
  const source = await startCluster('elasticsearch', { indexes: 2 })
  const target = await startCluster('opensearch')
  // A rude cluster repeats what it was sent.
  source.cluster.script = ({ path }) =>
    path.startsWith('/_template')
      ? {
          status: 403,
          body: {
            error: { type: 'security_exception', reason: `no: Basic ${basic} u:${PLANTED}` },
            status: 403,
          },
        }
      : null
  const config = between(source, target)
  const auth = { type: 'basic', username: 'u', secret: 'pw' }
  await givenSession(api, 'orders', { ...config, source: { ...config.source, auth } })
  await givenJobs(api)
  const texts: string[] = []
  const call = async (...given: Parameters<typeof api.call>) => {
    const response = await api.call(...given)
    texts.push(JSON.stringify([...response.headers]), await response.clone().text())
    return response
  }

  await call('PUT', '/sessions/orders/secrets/pw', { body: { value: PLANTED } })
  await call('PUT', '/sessions/orders/secrets/pw', {
    body: `{"value": ${PLANTED}`,
    headers: { 'content-type': 'application/json' },
  })
  await call('PUT', '/sessions/orders/secrets/pw', { body: { value: { inner: PLANTED } } })
  await call('PUT', '/sessions/orders/secrets/pw', { body: { value: PLANTED, reason: 'because' } })
  await call('POST', '/sessions/orders/clusters/source/test')
  await call('GET', '/sessions/orders/clusters/source/indexes')
  const started = await call('POST', '/sessions/orders/metadata/start', { body: { dryRun: true } })
  const { id } = (await started.json()) as { id: string }
  const run = await runOnce(api, id, hasEnded)
  for (const path of [
    '/sessions',
    '/sessions/orders',
    '/sessions/orders/config',
    '/sessions/orders/config/export',
    '/sessions/orders/config/versions',
    '/sessions/orders/secrets',
    '/sessions/orders/clusters/source',
    '/sessions/orders/events',
    '/sessions/orders/metadata/latest_status',
    '/audit',
    '/tokens',
    '/metrics',
    `/runs/${id}`,
    `/runs/${id}/items`,
    `/runs/${id}/issues`,
    `/runs/${id}/logs`,
    `/runs/${id}/artifacts`,
  ])
    await call('GET', path)
  texts.push(JSON.stringify(await describeRoutes(Object.values(handlers), 'test')))
  texts.push(...api.logged)
  texts.push(...(await everyRow(api.db)))

  expect(run.state).toBe('Failed')
  expect(run.error).toMatchObject({ code: 'cluster_403' })
  const everything = texts.join('\n')
  expect(everything).toContain('security_exception')
  for (const form of [
    PLANTED,
    basic,
    Buffer.from(PLANTED).toString('base64'),
    Buffer.from(PLANTED).toString('hex'),
  ])
    expect(everything).not.toContain(form)
})

/** The whole database in plain text, pg-boss included. */
async function everyRow(db: Awaited<ReturnType<typeof startApp>>['db']): Promise<string[]> {
  const { rows: tables } = await db.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
  )
  const dump = await Promise.all(
    tables.map(
      async ({ name }) => (await db.query<{ row: string }>(`select t::text as row from ${name} t`)).rows,
    ),
  )
  return dump.flat().map(({ row }) => row)
}
