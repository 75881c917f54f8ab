// Metadata runs that read a snapshot: no source cluster is configured or running.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Run } from '../../shared/domain/run.ts'
import { givenSession, startApp, type TestApp } from '../harness/app.ts'
import { givenJobs, hasEnded, runOnce } from '../harness/jobs.ts'
import { startCluster } from '../harness/search-cluster.ts'

const fixture = join(import.meta.dirname, '../tools/snapshot/fixtures/ES_7_10_Single')
const snapshotRef = { repository: 'main', snapshot: 'global_state_snapshot' }
const posts = ['posts_2023_02_25', 'posts_2024_01_01']

/** A copy of the fixture in a folder that the jobs process may read, a target, and a session without a source. */
async function givenSnapshot() {
  const root = await mkdtemp(join(tmpdir(), 'metadata-snapshot-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const path = join(root, 'repository')
  await mkdir(path)
  await cp(fixture, path, { recursive: true })
  const api = await startApp()
  const target = await startCluster('opensearch')
  const document = {
    target: { endpoint: target.url, auth: { type: 'none' } },
    repositories: { main: { type: 'fs', path } },
  }
  await givenSession(api, 'orders', document)
  return { api, target, path, root }
}

const start = async ({ call }: TestApp, body: object) =>
  call('POST', '/sessions/orders/metadata/start', { body })
const begun = async (api: TestApp, body: object) => (await (await start(api, body)).json()) as Run // the API's tests check its shape

test('a session without a source migrates the metadata of a snapshot, and retries what failed from it', async () => {
  const { api, target, path, root } = await givenSnapshot()
  await givenJobs(api, { roots: root })
  target.cluster.script = ({ method, path: asked }) =>
    method === 'PUT' && asked === `/${posts[1]}`
      ? { status: 400, body: { error: { type: 'illegal_argument_exception', reason: 'no' }, status: 400 } }
      : null

  const { id } = await begun(api, { dryRun: false, snapshotRef, pipelines: { include: [] } })
  const run = await runOnce(api, id, hasEnded)
  target.cluster.script = () => null
  const again = (await (await api.call('POST', '/sessions/orders/metadata/retry_failed')).json()) as Run
  const second = await runOnce(api, again.id, hasEnded)

  expect(run).toMatchObject({
    state: 'CompletedWithErrors',
    params: { snapshotRef },
    result: {
      clusters: {
        source: { endpoint: path, snapshot: snapshotRef.snapshot, version: { label: 'ES 7.10.2' } },
      },
    },
  })
  expect(second).toMatchObject({ state: 'Completed', retryOf: id, params: { snapshotRef } })
  expect([...target.cluster.indexes.keys()].sort()).toEqual(posts)
})

test.each([
  ['no snapshot and no source', { dryRun: true }, 'source_not_configured'],
  [
    'a repository that is not configured',
    { snapshotRef: { ...snapshotRef, repository: 'other' } },
    'repository_not_configured',
  ],
])('%s is refused', async (_, body, code) => {
  const { api } = await givenSnapshot()

  const response = await start(api, body)

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code })
})

test.each([
  ['a snapshot that is not there', 'snapshot_not_found', async () => undefined, 'gone'],
  [
    'a damaged table of templates',
    'checksum_mismatch',
    (path: string) => flip(path, ''),
    snapshotRef.snapshot,
  ],
])('%s fails the run with its cause', async (_, code, harm, snapshot) => {
  const { api, path, root } = await givenSnapshot()
  await harm(path)
  await givenJobs(api, { roots: root })

  const { id } = await begun(api, { dryRun: true, snapshotRef: { ...snapshotRef, snapshot } })
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', error: { code } })
})

test('a folder outside the roots is refused, and nothing is read', async () => {
  const { api } = await givenSnapshot()
  await givenJobs(api)

  const { id } = await begun(api, { dryRun: true, snapshotRef })
  const run = await runOnce(api, id, hasEnded)

  expect(run).toMatchObject({ state: 'Failed', error: { code: 'repository_not_allowed' } })
})

test('damaged metadata of one index fails that index, and the others arrive', async () => {
  const { api, target, path, root } = await givenSnapshot()
  await flip(path, 'indices')
  await givenJobs(api, { roots: root })

  const { id } = await begun(api, { dryRun: false, snapshotRef })
  const run = await runOnce(api, id, hasEnded)

  expect(run.state).toBe('CompletedWithErrors')
  expect(target.cluster.indexes.size).toBe(1)
  const issues = (await (await api.call('GET', `/runs/${id}/issues`)).json()) as { items: object[] }
  expect(issues.items).toContainEqual(
    expect.objectContaining({ code: 'checksum_mismatch', severity: 'error' }),
  )
})

/** Flips a bit of the first `meta-*.dat` below a folder of the repository. */
async function flip(path: string, below: string): Promise<void> {
  const names = (await readdir(join(path, below), { recursive: true })).sort()
  const name = names.find((each) => (below ? /\/meta-[^/]+\.dat$/ : /^meta-[^/]+\.dat$/).test(each)) ?? ''
  const file = join(path, below, name)
  const bytes = await readFile(file)
  bytes[200] = (bytes[200] ?? 0) ^ 1
  await writeFile(file, bytes)
}
