import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { givenSession, startApp } from '../../harness/app.ts'

const source = { endpoint: 'http://127.0.0.1:9', auth: { type: 'none' } }
const bucket = { type: 's3', bucket: 'snapshots', endpoint: 'http://127.0.0.1:7', secret: 's3' }

async function given(document: (root: string) => Record<string, unknown>) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ma-roots-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const api = await startApp({ repositoryRoots: [join(root, 'allowed')] })
  mkdirSync(join(root, 'allowed/main'), { recursive: true })
  mkdirSync(join(root, 'outside'))
  await givenSession(api, 'orders', document(root))
  const start = (body: object) => api.call('POST', '/sessions/orders/snapshot/start', { body })
  return { ...api, root, start }
}

const folder = (path: (root: string) => string) => (root: string) => ({
  source,
  repositories: { main: { type: 'fs', path: path(root) } },
})
const inside = folder((root) => join(root, 'allowed/main'))
const first = { repository: 'main', snapshot: 'first' }

test('a start keeps its parameters with the config’s selection below them, and is queued once', async () => {
  const { start, db } = await given((root) => ({ ...inside(root), selection: { include: ['orders-*'] } }))

  const response = await start({ ...first, maxBytesPerSecond: 1_000_000 })

  expect(response.status).toBe(202)
  expect(await response.json()).toMatchObject({
    action: 'snapshot',
    state: 'Pending',
    params: {
      ...first,
      selection: { include: ['orders-*'] },
      includeGlobalState: true,
      existing: 'refuse',
      maxBytesPerSecond: 1_000_000,
    },
  })
  const queued = await db.query(`select data from pgboss.job where name = 'snapshot-start'`)
  expect(queued.rowCount).toBe(1)
  const second = await start(first)
  expect(second.status).toBe(409)
  expect(await second.json()).toMatchObject({ code: 'run_in_progress' })
})

test.each([
  ['a path outside the roots', (root: string) => join(root, 'outside')],
  ['a path with ".." that leads back in', (root: string) => `${root}/allowed/../allowed/main`],
  ['a path with ".." that leads out', (root: string) => `${root}/allowed/../outside`],
  ['a sibling whose name begins with that of a root', (root: string) => join(root, 'allowed-too')],
  ['a relative path', () => 'allowed/main'],
])('%s is refused', async (_, path) => {
  const { start } = await given(folder(path))

  const response = await start(first)

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'repository_not_allowed' })
})

test('a symbolic link that leads out of the roots is refused, also on the way to a folder that is not there yet', async () => {
  const { start, root, call } = await given(folder((root) => join(root, 'allowed/link')))
  symlinkSync(join(root, 'outside'), join(root, 'allowed/link'))

  expect(await (await start(first)).json()).toMatchObject({ code: 'repository_not_allowed' })
  const deeper = folder((root) => join(root, 'allowed/link/not/there'))(root)
  await call('PUT', '/sessions/orders/config', { body: deeper, headers: { 'if-match': '*' } })
  expect(await (await start(first)).json()).toMatchObject({ code: 'repository_not_allowed' })
})

test('a folder that the source has yet to make is allowed', async () => {
  const { start } = await given(folder((root) => join(root, 'allowed/not/there/yet')))

  expect((await start(first)).status).toBe(202)
})

test.each([
  ['no source', () => ({}), first, 409, 'source_not_configured'],
  ['no such repository', inside, { ...first, repository: 'other' }, 409, 'repository_not_configured'],
  ['a name for many snapshots', inside, { ...first, snapshot: 'first,second' }, 400, 'invalid_input'],
  ['a wildcard', inside, { ...first, snapshot: 'f*' }, 400, 'invalid_input'],
  ['a name that every engine refuses', inside, { ...first, snapshot: 'First' }, 400, 'invalid_input'],
  ['an unknown field', inside, { ...first, wait: true }, 400, 'invalid_input'],
  [
    'a secret that is not set',
    () => ({ source, repositories: { main: bucket } }),
    first,
    409,
    'secret_missing',
  ],
])('a start with %s is refused', async (_, document, body, status, code) => {
  const { start, db } = await given(document)

  const response = await start(body)

  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code })
  expect((await db.query('select 1 from run')).rowCount).toBe(0)
})

test.each([
  ['an endpoint where clouds keep their metadata', { endpoint: 'http://169.254.169.254' }],
  ['an endpoint with another scheme', { endpoint: 'ftp://files.example.com' }],
  ['a bucket without a secret', { endpoint: undefined, secret: undefined }],
])('%s is refused', async (_, change) => {
  const repository = { ...bucket, ...change }
  const { start, call } = await given(() => ({ source, repositories: { main: repository } }))
  await call('PUT', '/sessions/orders/secrets/s3', { body: { value: 'KEY:SECRET' } })

  const response = await start(first)

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'repository_not_allowed' })
})

test('a secret that was given for one object store is not sent to another', async () => {
  const { start, call } = await given(() => ({ source, repositories: { main: bucket } }))
  await call('PUT', '/sessions/orders/secrets/s3', { body: { value: 'KEY:SECRET' } })
  const run = (await (await start(first)).json()) as { id: string }
  await call('POST', `/runs/${run.id}/stop`)
  const moved = { source, repositories: { main: { ...bucket, endpoint: 'http://127.0.0.1:8' } } }
  await call('PUT', '/sessions/orders/config', { body: moved, headers: { 'if-match': '*' } })

  const response = await start(first)

  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'secret_not_for_this_endpoint' })
})
