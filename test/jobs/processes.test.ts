// The jobs process as a real process: killed, told to end, and with a Postgres that crashes under it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '../../serve/parts/embedded-postgres.ts'
import { migrate } from '../../serve/parts/migrate.ts'
import type { Run } from '../../shared/domain/run.ts'
import { givenSession, startApp, type TestApp } from '../harness/app.ts'
import { startDoor, temporaryFolder } from '../harness/door.ts'
import { givenJobs, hasEnded, runOnce, secretKey } from '../harness/jobs.ts'
import { between, startCluster } from '../harness/search-cluster.ts'

// The jobs door reaches no loopback, so the process under test is the local one's jobs: see `startDoor('local')`.
const environment = (url: string) => ({
  DATABASE_URL: url,
  MA_SECRET_KEY: secretKey,
  MA_PORT: '0',
  MA_DATA_DIR: temporaryFolder(),
  MA_ADMIN_TOKEN: 'admin-token-of-a-test',
})

async function start({ call }: Pick<TestApp, 'call'>): Promise<Run> {
  const started = await call('POST', '/sessions/orders/metadata/start', {
    body: { dryRun: false, concurrency: 2 },
  })
  return started.json() as Promise<Run>
}

async function givenMove(api: TestApp, indexes: number, writeMs: number) {
  const source = await startCluster('elasticsearch', { indexes })
  const target = await startCluster('opensearch', { writeMs })
  await givenSession(api, 'orders', between(source, target))
  return target.cluster
}

test('kill -9 in the middle of a run: another process goes on from what was told, and every index is there once', async () => {
  const api = await startApp()
  const target = await givenMove(api, 40, 100)
  const door = startDoor('local', environment(api.url))
  await door.says(/is ready/)
  const { id } = await start(api)
  await runOnce(api, id, ({ progress }) => (progress?.done ?? 0) >= 6)

  await door.end('SIGKILL')
  const told = (await api.db.query('select name from run_item where run_id = $1', [id])).rows
  const putsBefore = new Set(target.puts)
  await givenJobs(api)
  const run = await runOnce(api, id, hasEnded, 40_000)

  expect(run).toMatchObject({ state: 'Completed', result: { finishedBefore: told.length } })
  expect(told.length).toBeGreaterThan(0)
  expect(target.indexes.size).toBe(40)
  const again = target.puts.filter((path, at) => target.puts.indexOf(path) !== at)
  expect(again, 'what was told is not done again').toEqual(again.filter((path) => putsBefore.has(path)))
  const items = (await (await api.call('GET', `/runs/${id}/items?limit=500`)).json()) as { items: object[] }
  expect(items.items).toHaveLength(40)
}, 90_000)

test('a run that ended its process five times without progress is failed, and says so', async () => {
  const api = await startApp()
  await givenMove(api, 1, 0)
  const { id } = await start(api)
  await api.db.query(
    `update run set state = 'Running', claim_epoch = 5, claims_without_progress = 5, claimed_until = now() - interval '1 second' where id = $1`,
    [id],
  )

  await givenJobs(api)
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', error: { code: 'no_progress', evidence: { starts: 5 } } })
})

test('a Postgres that crashes in the middle of a run costs a pause, not the run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ma-crash-'))
  const postgres = await startPostgres({ dataDir: folder, say: () => undefined })
  onTestFinished(async () => {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await migrate(postgres.url)
  const api = await startApp({ url: postgres.url })
  const target = await givenMove(api, 40, 100)
  const door = startDoor('local', environment(api.url))
  await door.says(/is ready/)
  const { id } = await start(api)
  await runOnce(api, id, ({ progress }) => (progress?.done ?? 0) >= 4)

  await crash(postgres.url)
  const run = await runOnce(api, id, hasEnded, 80_000)

  expect(run).toMatchObject({ state: 'Completed' })
  expect(target.indexes.size).toBe(40)
  expect(door.process.exitCode, door.errors()).toBeNull()
}, 130_000)

/** Kills a backend, upon which the postmaster throws everybody out and recovers from its log. */
async function crash(url: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
}
