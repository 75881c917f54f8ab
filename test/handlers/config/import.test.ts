import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

type Imported = {
  document: Record<string, unknown>
  version: number | null
  valid: boolean
  errors: object[]
  notes: { path: string; code: string }[]
}

const samples = join(import.meta.dirname, 'samples')
const sample = (name: string) => readFileSync(join(samples, name), 'utf8')

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
  await givenSession(api, 'looked-at')
})

const send = (session: string, text: string, query = '', headers: Record<string, string> = {}) =>
  api.call('POST', `/sessions/${session}/config/import${query}`, {
    body: text,
    headers: { 'content-type': 'application/yaml', 'if-match': '*', ...headers },
  })

test.each(readdirSync(samples))('the sample %s becomes a valid document', async (name) => {
  const answer = await send('looked-at', sample(name), '?save=false')

  expect(answer.status).toBe(200)
  const imported = (await answer.json()) as Imported
  expect(imported.errors).toEqual([])
  expect(imported).toMatchObject({ valid: true, version: null })
  expect(imported.document).toMatchObject({
    source: { endpoint: expect.any(String) },
    target: expect.any(Object),
  })
  expect((await api.call('GET', '/sessions/looked-at/config')).headers.get('etag')).toBe('"0"')
})

test('the console form keeps versions, auth, repository and allowlists', async () => {
  const imported = (await (
    await send('looked-at', sample('console-basic-s3.yaml'), '?save=false')
  ).json()) as Imported

  expect(imported.document).toEqual({
    source: {
      endpoint: 'https://search.shop.example.com:9200',
      auth: { type: 'basic', username: 'reader', secret: 'source-password' },
      tls: { insecure: true },
      version: 'ES 6.8',
    },
    target: {
      endpoint: 'https://opensearch.shop.example.com:9200',
      auth: { type: 'basic', username: 'admin', secret: 'target-password' },
    },
    repositories: {
      snapshots: { type: 's3', bucket: 'shop-snapshots', prefix: 'elastic/2024', region: 'eu-central-1' },
    },
    selection: { include: ['orders-*', 'customers'] },
    metadata: {
      templates: { include: ['shop'] },
      componentTemplates: { include: ['shop-settings'] },
      awarenessAttributes: 3,
    },
  })
  expect(imported.notes.filter(({ code }) => code === 'secret_not_imported')).toHaveLength(2)
  expect(imported.notes).toContainEqual(expect.objectContaining({ path: '/kafka', code: 'not_taken' }))
})

test('the workflow form keeps the first pair, its repositories and its allowlists, and names what it left out', async () => {
  const basic = (await (await send('looked-at', sample('workflow.yaml'), '?save=false')).json()) as Imported
  const sigv4 = (await (
    await send('looked-at', sample('workflow-sigv4.yaml'), '?save=false')
  ).json()) as Imported

  expect(basic.document).toMatchObject({
    source: {
      auth: { type: 'basic', secret: 'elastic-credentials' },
      version: 'ES 7.10.2',
      tls: { insecure: true },
    },
    repositories: {
      default: {
        type: 's3',
        bucket: 'migrations',
        prefix: 'legacy',
        endpoint: 'http://localstack:4566',
        pathStyle: true,
      },
    },
    selection: { include: ['orders-*', 'customers'] },
    metadata: { awarenessAttributes: 2 },
  })
  expect(sigv4.document).toMatchObject({
    target: { auth: { type: 'sigv4', region: 'eu-west-1', service: 'es' } },
  })
  expect(sigv4.notes).toContainEqual(
    expect.objectContaining({ path: '/sourceClusters/older', code: 'one_session_one_pair' }),
  )
})

test('no secret of a file is taken over or echoed', async () => {
  await givenSession(api, 'planted')

  const answer = await send('planted', sample('console-basic-s3.yaml'))

  const everything = [
    await answer.text(),
    await (await api.call('GET', '/sessions/planted/config/export')).text(),
    JSON.stringify((await api.db.query('select document, errors from config_version')).rows),
    ...api.logged,
  ].join('\n')
  expect(answer.status).toBe(200)
  expect(everything).not.toContain('planted-in-console')
  expect(everything).not.toContain('planted-arn')
})

test.each([
  [
    'an alias without an anchor',
    'source_cluster:\n  password: *planted-alias\n',
    'in line 2|cannot be expanded',
  ],
  ['two keys of one name', 'source_cluster:\n  a: planted-alias\n  a: planted-alias\n', 'in line 3'],
  ['a tab where spaces belong', 'source_cluster:\n\ta: planted-alias\n', 'in line 2'],
  ['a list', '- planted-alias\n', 'not a YAML mapping'],
  ['plain text', 'planted-alias', 'not a YAML mapping'],
  ['something else', 'kind: planted-alias\n', 'no config that we know'],
])('a file with %s is refused in words that do not quote it', async (_, text, words) => {
  const refused = await send('looked-at', text, '?save=false')

  expect(refused.status).toBe(400)
  const answer = await refused.text()
  expect(answer).toMatch(new RegExp(words))
  expect(answer).not.toContain('planted-alias')
})

test('an alias bomb is refused before it grows', async () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
  )
  const bomb = ['l0: &l0 laugh', ...levels, 'source_cluster: {endpoint: *l12}'].join('\n')

  const started = Date.now()
  const refused = await send('looked-at', bomb, '?save=false')

  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('cannot be expanded') })
  expect(Date.now() - started).toBeLessThan(2_000)
})

test.each([
  ['brackets', `source_cluster: ${'['.repeat(200_000)}`],
  ['dashes', `source_cluster:\n${'- '.repeat(200_000)}x`],
  ['indentation', Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
])('a file nested without end by %s is refused at once', async (_, text) => {
  const started = Date.now()
  const refused = await send('looked-at', text, '?save=false')

  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({
    code: 'invalid_input',
    detail: expect.stringContaining('deeper'),
  })
  expect(Date.now() - started).toBeLessThan(2_000)
})

test('the own export comes back as it was, under If-Match', async () => {
  await givenSession(api, 'original', { ...twoClusters, selection: { include: ['1.10', 'no'] } })
  await givenSession(api, 'copy')
  const exported = await (await api.call('GET', '/sessions/original/config/export')).text()

  const blind = await api.call('POST', '/sessions/copy/config/import', {
    body: exported,
    headers: { 'content-type': 'application/yaml' },
  })
  const taken = await send('copy', exported, '', { 'if-match': '"0"' })

  expect(blind.status).toBe(428)
  expect(taken.headers.get('etag')).toBe('"1"')
  expect(await (await api.call('GET', '/sessions/copy/config')).json()).toEqual(
    await (await api.call('GET', '/sessions/original/config')).json(),
  )
})

test('a character that cannot be kept is bad input, not our failure', async () => {
  const refused = await send('looked-at', 'source: {endpoint: "a\\0b"}')

  expect(refused.status).toBe(400)
})
