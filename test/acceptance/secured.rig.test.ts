// Clusters behind TLS with a CA of their own and users with rights, through the API: what each refusal says, and a move.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { differences, readMetadata } from './compare.ts'
import {
  expectStatus,
  givenSession,
  type Loose,
  moveMetadata,
  saveConfig,
  startUser,
  type User,
} from './journey.ts'
import { type Reach, send } from './reach.ts'

const rigs = await needs('es7sec', 'os2sec')
const prefix = 'secured-move'
const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`

describe.skipIf(!rigs.available)('two secured clusters', () => {
  const source: Reach = { url: rigs.es7sec.url, ca: rigs.es7sec.ca, authorization }
  const target: Reach = { url: rigs.os2sec.url, ca: rigs.os2sec.ca, authorization }
  const admin = (secret: string) => ({ type: 'basic', username: 'admin', secret })
  const only = { include: [`${prefix}-*`] }
  let user: User & { close(): Promise<void> }

  const config = (change: { source?: object; target?: object } = {}) => ({
    source: { endpoint: source.url, auth: admin('source'), tls: { ca: source.ca }, ...change.source },
    target: { endpoint: target.url, auth: admin('target'), tls: { ca: target.ca }, ...change.target },
    selection: only,
    metadata: { templates: only, componentTemplates: { include: [] }, pipelines: { include: [] } },
  })
  const setSecret = (name: string, value: string) =>
    expectStatus(200, user.call('PUT', `/sessions/secured/secrets/${name}`, { value }))
  const tested = async (role: string): Promise<Loose> =>
    (await user.call('POST', `/sessions/secured/clusters/${role}/test`)).body

  beforeAll(async () => {
    await Promise.all([wipe(source, prefix), wipe(target, prefix)])
    await send(source, 'PUT', `/${prefix}-books`, { aliases: { [`${prefix}-all`]: { routing: '1' } } })
    await send(source, 'PUT', `/_template/${prefix}-t`, { index_patterns: [`${prefix}-*`], order: 1 })
    user = await startUser()
    await givenSession(user, 'secured', config())
  })
  afterAll(async () => {
    await user?.close()
    await Promise.all([wipe(source, prefix), wipe(target, prefix)])
  })

  test('are not reached before the secrets are set, and no answer ever shows one', async () => {
    expect(await user.call('POST', '/sessions/secured/clusters/source/test')).toMatchObject({
      status: 409,
      body: { code: 'secret_missing' },
    })

    const kept = await setSecret('source', 'wrong-password-of-the-source')

    expect(JSON.stringify(kept)).not.toContain('wrong-password')
    const answer = await tested('source')
    expect(answer).toMatchObject({ result: '401' })
    expect(JSON.stringify(answer)).not.toContain('wrong-password')
  })

  test('are ok for their administrators over their own CAs', async () => {
    await setSecret('source', 'admin')
    await setSecret('target', 'admin')

    expect(await tested('source')).toMatchObject({ result: 'ok', version: { label: 'ES 7.10.2' } })
    expect(await tested('target')).toMatchObject({ result: 'ok', version: { label: 'OS 2.19.4' } })
  })

  test('say which certificate is not trusted without its CA', async () => {
    await setSecret('bare', 'admin')
    await saveConfig(user, 'secured', config({ target: { auth: admin('bare'), tls: {} } }))

    expect(await tested('target')).toMatchObject({
      result: 'tls',
      evidence: { certificate: { subject: 'CN=localhost' } },
    })
  })

  test('say 403 to a user who may not', async () => {
    await setSecret('reader', 'kibanaro')
    const auth = { type: 'basic', username: 'kibanaro', secret: 'reader' }
    await saveConfig(user, 'secured', config({ target: { auth } }))

    expect(await tested('target')).toMatchObject({
      result: '403',
      evidence: { permission: expect.any(String) },
    })
    const run = await moveMetadata(user, 'secured', { dryRun: false })
    expect(run).toMatchObject({ status: 'Failed', run: { error: { code: 'cluster_403' } } })
  })

  test('move with an API key on the one and a password on the other', async () => {
    const { body: key }: Loose = await send(source, 'POST', '/_security/api_key', { name: prefix })
    await setSecret('key', `${key.id}:${key.api_key}`)
    await saveConfig(user, 'secured', config({ source: { auth: { type: 'apiKey', secret: 'key' } } }))
    expect(await tested('source')).toMatchObject({ result: 'ok' })

    const status = await moveMetadata(user, 'secured', { dryRun: false })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    const isOurs = (name: string) => name.startsWith(prefix)
    const found = differences(await readMetadata(source, isOurs), await readMetadata(target, isOurs))
    const settings = 'settings.index'
    expect(found).toEqual([
      { object: `index ${prefix}-books`, path: `${settings}.replication.type`, target: 'DOCUMENT' },
      {
        object: `index ${prefix}-books`,
        path: `${settings}.routing.allocation.include._tier_preference`,
        source: 'data_content',
      },
    ])
  })

  test('do not get a secret that was given for another', async () => {
    const change = { source: { auth: admin('target') } }
    const saved = await user.call('PUT', '/sessions/secured/config', config(change), { 'if-match': '*' })

    expect(saved).toMatchObject({ status: 409, body: { code: 'secret_not_for_this_endpoint' } })
  })
})
