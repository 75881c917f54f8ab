import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveConnection, secretPlace } from '../../../shared/connections.ts'
import { createSeal } from '../../../shared/seal.ts'
import { givenSession, startApp, type TestApp } from '../../harness/app.ts'
import { testCertificates } from './certificate.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
})

const cluster = (endpoint: string, tls?: object) => ({
  endpoint,
  auth: { type: 'basic', username: 'u', secret: 'pw' },
  ...(tls ? { tls } : {}),
})
const set = (session: string, value = 'first') =>
  api.call('PUT', `/sessions/${session}/secrets/pw`, { body: { value } })
const save = (session: string, source: object) =>
  api.call('PUT', `/sessions/${session}/config`, { body: { source }, headers: { 'if-match': '*' } })

test('a secret is written and never read: the list has names, ages and what it is bound to', async () => {
  await givenSession(api, 'listed', { source: cluster('https://there:9200') })

  const answer = await set('listed', 'Hunter2-listed')
  const list = await api.call('GET', '/sessions/listed/secrets')

  expect(answer.status).toBe(200)
  expect(await answer.text()).not.toContain('Hunter2')
  expect(await list.json()).toEqual({
    items: [
      {
        name: 'pw',
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        boundTo: 'https://there:9200',
      },
    ],
    next: null,
  })
  expect((await api.call('GET', '/sessions/listed/secrets/pw')).status).toBe(405)
})

const { ca, otherCa } = testCertificates
test.each([
  ['host', 'https://elsewhere:9200', { ca }],
  ['port', 'https://there:9201', { ca }],
  ['scheme', 'http://there:9200', undefined],
  ['CA', 'https://there:9200', { ca: otherCa }],
  ['missing CA', 'https://there:9200', undefined],
  ['switched-off verification', 'https://there:9200', { ca, insecure: true }],
])('a secret is refused to another %s until it is set again', async (what, endpoint, tls) => {
  const name = `bound-${what.replaceAll(' ', '-')}`
  await givenSession(api, name, { source: cluster('https://there:9200', { ca }) })
  await set(name)

  const refused = await save(name, cluster(endpoint, tls))
  const unchanged = await api.call('GET', `/sessions/${name}/config`)
  await set(name, 'second')
  const taken = await save(name, cluster(endpoint, tls))

  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ code: 'secret_not_for_this_endpoint' })
  expect(await unchanged.json()).toEqual({ source: cluster('https://there:9200', { ca }) })
  expect(taken.status).toBe(200)
})

test('a secret that is set again belongs to where it is used next', async () => {
  await givenSession(api, 'moved', { source: cluster('https://there:9200') })
  await set('moved')
  await set('moved', 'second')
  await save('moved', cluster('https://elsewhere:9200'))

  const back = await save('moved', cluster('https://there:9200'))

  expect(back.status).toBe(409)
})

test('verification may be switched on without asking, and a path may change', async () => {
  await givenSession(api, 'stricter', { source: cluster('https://there:9200', { insecure: true }) })
  await set('stricter')

  expect((await save('stricter', cluster('https://there:9200/search'))).status).toBe(200)
})

test('an invalid draft cannot lead a secret elsewhere', async () => {
  await givenSession(api, 'sneaky', { source: cluster('https://there:9200') })
  await set('sneaky')

  const saved = await save('sneaky', { ...cluster('https://elsewhere:9200'), colour: 'blue' })
  const tested = await api.call('POST', '/sessions/sneaky/clusters/source/test')

  expect(saved.status).toBe(200)
  expect(tested.status).toBe(409)
  expect(await tested.json()).toMatchObject({ code: 'config_invalid' })
})

test('a start with a secret that is not set says which', async () => {
  const target = { endpoint: 'https://elsewhere:9200', auth: { type: 'none' } }
  await givenSession(api, 'unset', { source: cluster('https://there:9200'), target })

  const started = await api.call('POST', '/sessions/unset/metadata/start')

  expect(started.status).toBe(409)
  expect(await started.json()).toMatchObject({
    code: 'secret_missing',
    detail: expect.stringContaining('"pw"'),
  })
})

test('a deleted secret is gone, and deleting it again is 404', async () => {
  await givenSession(api, 'deleted')
  await set('deleted')

  expect((await api.call('DELETE', '/sessions/deleted/secrets/pw')).status).toBe(204)
  expect((await api.call('DELETE', '/sessions/deleted/secrets/pw')).status).toBe(404)
})

test('a rotated key opens what the old one sealed, and a lost key is said in words', async () => {
  const [oldKey, newKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const { id } = await givenSession(api, 'rotated')
  const sealed = await (await createSeal([oldKey])).seal('Hunter2', secretPlace(id, 'pw'))
  await api.db.query(
    'insert into secret (session_id, name, key_id, iv, sealed) values ($1, $2, $3, $4, $5)',
    [id, 'pw', sealed.keyId, sealed.iv, sealed.sealed],
  )
  const source = {
    endpoint: 'https://there:9200',
    auth: { type: 'basic' as const, username: 'u', secret: 'pw' },
  }

  const rotated = { db: api.db, seal: await createSeal([newKey, oldKey]) }
  const lost = { db: api.db, seal: await createSeal([newKey]) }

  expect(await resolveConnection(rotated, id, 'source', source)).toMatchObject({
    credentials: { password: 'Hunter2' },
  })
  await expect(resolveConnection(lost, id, 'source', source)).rejects.toMatchObject({
    code: 'secret_missing',
    detail: expect.stringContaining('MA_SECRET_KEY'),
  })
})

test('what was sealed at one place does not open at another', async () => {
  const seal = await createSeal([new Uint8Array(32).fill(1)])
  const sealed = await seal.seal('Hunter2', secretPlace('a', 'pw'))

  await expect(seal.open(sealed, secretPlace('b', 'pw'))).rejects.toThrow()
})
