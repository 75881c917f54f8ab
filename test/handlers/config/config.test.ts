import * as v from 'valibot'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ConfigVersion } from '../../../shared/domain/config.ts'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

const put = (name: string, body: unknown, ifMatch?: string) =>
  api.call('PUT', `/sessions/${name}/config`, {
    body,
    ...(ifMatch ? { headers: { 'if-match': ifMatch } } : {}),
  })

test('a new session has an empty document at version 0, and each PUT makes the next version', async () => {
  await givenSession(api, 'fresh')

  const empty = await api.call('GET', '/sessions/fresh/config')
  const saved = await put('fresh', twoClusters, '"0"')
  const read = await api.call('GET', '/sessions/fresh/config')

  expect(empty.status).toBe(200)
  expect(empty.headers.get('etag')).toBe('"0"')
  expect(await empty.json()).toEqual({})
  expect(saved.status).toBe(200)
  expect(saved.headers.get('etag')).toBe('"1"')
  expect(await saved.json()).toEqual(twoClusters)
  expect(read.headers.get('etag')).toBe('"1"')
  expect(await read.json()).toEqual(twoClusters)
})

test.each([
  ['none', undefined, 428, 'version_required'],
  ['a stale one', '"0"', 412, 'stale_version'],
  ['one that is to come', '"7"', 412, 'stale_version'],
  ['no ETag at all', 'yesterday', 412, 'stale_version'],
])('a PUT with %s for If-Match is refused and changes nothing', async (what, ifMatch, status, code) => {
  const name = `match-${what.length}-${code.length}`
  await givenSession(api, name, twoClusters)

  const refused = await put(name, {}, ifMatch)

  expect(refused.status).toBe(status)
  expect(await refused.json()).toMatchObject({ code })
  const read = await api.call('GET', `/sessions/${name}/config`)
  expect(read.headers.get('etag')).toBe('"1"')
  expect(await read.json()).toEqual(twoClusters)
})

test('a stale writer is told the current version, and * writes over whatever is there', async () => {
  await givenSession(api, 'starred', twoClusters)

  const stale = await put('starred', {}, '"0"')
  const forced = await put('starred', { source: twoClusters.source }, '*')

  expect(stale.headers.get('etag')).toBe('"1"')
  expect(forced.headers.get('etag')).toBe('"2"')
})

test('of ten writers at once exactly one wins', async () => {
  await givenSession(api, 'crowded', twoClusters)

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      put('crowded', { ...twoClusters, selection: { include: [`i${i}`] } }, '"1"'),
    ),
  )

  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 412)])
  expect((await api.call('GET', '/sessions/crowded/config')).headers.get('etag')).toBe('"2"')
})

test('an invalid draft is saved, labelled with every error on its field, and cannot be started', async () => {
  await givenSession(api, 'draft')
  const draft = {
    source: { endpoint: 'ftp://nowhere', auth: { type: 'magic' } },
    target: {
      endpoint: 'http://127.0.0.1:19',
      auth: { type: 'basic', username: '', secret: 'pw' },
      colour: 'blue',
    },
    selection: { include: ['regex:('] },
  }

  const saved = await put('draft', draft, '"0"')
  const version = await (await api.call('GET', '/sessions/draft/config/versions/1')).json()
  const started = await api.call('POST', '/sessions/draft/metadata/start', { body: { dryRun: true } })

  expect(saved.status).toBe(200)
  expect(saved.headers.get('x-config-valid')).toBe('false')
  expect(await saved.json()).toEqual(draft)
  expect(v.parse(ConfigVersion, version)).toMatchObject({ version: 1, author: 'test admin', valid: false })
  const paths = v.parse(ConfigVersion, version).errors.map(({ path }) => path)
  expect(paths.sort()).toEqual([
    '/selection/include/0',
    '/source/auth/type',
    '/source/endpoint',
    '/target/auth/username',
    '/target/colour',
  ])
  expect(started.status).toBe(409)
  expect(await started.json()).toMatchObject({ code: 'config_invalid', errors: expect.any(Array) })
  expect(await (await api.call('GET', '/sessions/draft/runs')).json()).toEqual({ items: [], next: null })
})

test.each([
  ['the same endpoint', 'http://127.0.0.1:9'],
  ['the same endpoint with a slash', 'http://127.0.0.1:9/'],
  ['the same endpoint by another name', 'http://localhost:9'],
])('source and target with %s are one cluster', async (what, endpoint) => {
  const name = `same-${what.length}`
  await givenSession(api, name, { ...twoClusters, target: { endpoint, auth: { type: 'none' } } })

  const started = await api.call('POST', `/sessions/${name}/metadata/start`)

  expect(started.status).toBe(409)
  expect(await started.json()).toMatchObject({
    code: 'source_is_target',
    errors: [{ path: '/target/endpoint' }],
  })
})

test('versions are listed newest first, page by page, and an absent one is 404', async () => {
  await givenSession(api, 'history')
  for (let i = 0; i < 5; i++) await put('history', { selection: { include: [`i${i}`] } }, '*')

  const first = (await (await api.call('GET', '/sessions/history/config/versions?limit=3')).json()) as {
    items: { version: number }[]
    next: string
  }
  const second = (await (
    await api.call('GET', `/sessions/history/config/versions?limit=3&cursor=${first.next}`)
  ).json()) as typeof first

  expect(first.items.map(({ version }) => version)).toEqual([5, 4, 3])
  expect(second.items.map(({ version }) => version)).toEqual([2, 1])
  expect(second.next).toBeNull()
  const absent = await api.call('GET', '/sessions/history/config/versions/6')
  expect(absent.status).toBe(404)
  expect(await absent.json()).toMatchObject({ code: 'config_version_not_found' })
})

test('validate says what a start would say, secrets that are missing included, and saves nothing', async () => {
  await givenSession(api, 'checked')
  const document = {
    ...twoClusters,
    source: { ...twoClusters.source, auth: { type: 'basic', username: 'u', secret: 'pw' } },
  }

  const bad = await api.call('POST', '/sessions/checked/config/validate', { body: { source: 7 } })
  const missing = await api.call('POST', '/sessions/checked/config/validate', { body: document })
  await api.call('PUT', '/sessions/checked/secrets/pw', { body: { value: 'x' } })
  const good = await api.call('POST', '/sessions/checked/config/validate', { body: document })

  expect(await bad.json()).toMatchObject({ valid: false, errors: [{ path: '/source' }] })
  expect(await missing.json()).toMatchObject({
    valid: false,
    errors: [{ path: '/source/auth/secret', code: 'secret_missing', hint: expect.stringContaining('PUT') }],
  })
  expect(await good.json()).toEqual({ valid: true, errors: [] })
  expect((await api.call('GET', '/sessions/checked/config')).headers.get('etag')).toBe('"0"')
})

test('the export reads back as the same document, as YAML and as JSON, and is a download', async () => {
  await givenSession(api, 'shipped', { ...twoClusters, selection: { include: ['1.10', 'yes', '*'] } })

  const yaml = await api.call('GET', '/sessions/shipped/config/export')
  const json = await api.call('GET', '/sessions/shipped/config/export?format=json')

  const document = await (await api.call('GET', '/sessions/shipped/config')).json()
  expect(yaml.headers.get('content-disposition')).toBe('attachment; filename="shipped.yaml"')
  expect(yaml.headers.get('x-content-type-options')).toBe('nosniff')
  expect(parse(await yaml.text())).toEqual(document)
  expect(await json.json()).toEqual(document)
})

test.each([
  [
    'a password',
    { source: { ...twoClusters.source, auth: { type: 'basic', username: 'u', password: 'Hunter2x' } } },
    '/source/auth/password',
  ],
  [
    'an address with a password',
    { target: { endpoint: 'https://u:Hunter2x@there:9200', auth: { type: 'none' } } },
    '/target/endpoint',
  ],
  [
    'a private key',
    {
      source: {
        ...twoClusters.source,
        auth: { type: 'mtls', certificate: '-----BEGIN RSA PRIVATE KEY-----\nHunter2x', keySecret: 'k' },
      },
    },
    '/source/auth/certificate',
  ],
  [
    'cloud access keys',
    { repositories: { s: { type: 's3', bucket: 'b', secretAccessKey: 'Hunter2x' } } },
    '/repositories/s/secretAccessKey',
  ],
])(
  'a document with %s in it is refused, not kept as a draft, and not repeated',
  async (what, document, path) => {
    const name = `credential-${what.length}`
    await givenSession(api, name)

    const refused = await put(name, document, '"0"')

    expect(refused.status).toBe(400)
    const text = await refused.text()
    expect(JSON.parse(text)).toMatchObject({
      code: 'invalid_input',
      errors: [{ path, code: 'secret_in_config' }],
    })
    expect(text).not.toContain('Hunter2x')
    expect((await api.call('GET', `/sessions/${name}/config`)).headers.get('etag')).toBe('"0"')
  },
)

test('a run keeps the config version it used', async () => {
  await givenSession(api, 'kept', twoClusters)
  const run = (await (await api.call('POST', '/sessions/kept/metadata/start')).json()) as { id: string }

  await put('kept', {}, '"1"')

  expect(await (await api.call('GET', `/runs/${run.id}`)).json()).toMatchObject({ configVersion: 1 })
  await expect(api.db.query('update config_version set valid = false')).rejects.toThrow(/never changed/)
})
