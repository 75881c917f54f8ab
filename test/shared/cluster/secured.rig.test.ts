import { afterAll, describe, expect, test } from 'vitest'
import { checkConnection } from '../../../shared/cluster/check.ts'
import { expectJson } from '../../../shared/cluster/expect-json.ts'
import { member } from '../../../shared/cluster/json.ts'
import type { Credentials } from '../../../shared/domain/cluster.ts'
import { type EngineName, needs } from '../../rigs/engines.ts'
import { admin, connectTo } from './connection.ts'
import { failureOf } from './servers.ts'

type Secured = { name: EngineName; reader: Credentials; may: '403' | 'ok'; keys: boolean }

const reader = { type: 'basic', username: 'reader', password: 'admin' } as const
const kibanaro = { type: 'basic', username: 'kibanaro', password: 'kibanaro' } as const

// What the read-only user of each may do: of Elasticsearch it may monitor, of OpenSearch not even see the front page.
const engines: Secured[] = [
  { name: 'es6sec', reader, may: 'ok', keys: false },
  { name: 'es7sec', reader, may: 'ok', keys: true },
  { name: 'es8sec', reader, may: 'ok', keys: true },
  { name: 'os2sec', reader: kibanaro, may: '403', keys: false },
]

for (const { name, reader, may, keys } of engines) {
  const rigs = await needs(name)
  const rig = rigs[name]

  describe.skipIf(!rigs.available)(`the secured ${name}`, () => {
    const client = connectTo(rig, { credentials: admin })
    afterAll(() => client.close())

    test('is ok for its administrator over its own CA', async () => {
      expect(await checkConnection(client)).toMatchObject({ result: 'ok', nodes: 1, warnings: [] })
    })

    test('is not trusted without its CA', async () => {
      const check = await checkConnection(connectTo(rig, { credentials: admin, tls: {} }))

      expect(check).toMatchObject({
        result: 'tls',
        evidence: {
          certificate: { subject: 'CN=localhost', subjectAltNames: 'DNS:localhost, IP Address:127.0.0.1' },
        },
      })
    })

    test('is taken with a warning where the certificate is not to be checked', async () => {
      const check = await checkConnection(connectTo(rig, { credentials: admin, tls: { insecure: true } }))

      expect(check.result).toBe('ok')
      expect(check.warnings).toEqual([expect.stringContaining('tls.insecure')])
    })

    test.each([
      ['no credentials', { type: 'none' }],
      ['a wrong password', { ...admin, password: 'wrong' }],
    ] as const)('says 401 to %s', async (_, credentials) => {
      expect(await checkConnection(connectTo(rig, { credentials }))).toMatchObject({ result: '401' })
    })

    test(`says ${may} to a user who may only read`, async () => {
      expect(await checkConnection(connectTo(rig, { credentials: reader }))).toMatchObject({ result: may })
    })

    test('names the permission that is missing to create an index', async () => {
      const request = { method: 'PUT', path: '/secured-rig' } as const

      expect(await failureOf(expectJson(connectTo(rig, { credentials: reader }), request))).toMatchObject({
        kind: '403',
        evidence: { permission: 'indices:admin/create' },
      })
    })

    // Version 6 has API keys under another licence only.
    const withKeys = keys ? test : () => undefined
    withKeys('takes an API key in both of its forms', async () => {
      const body = JSON.stringify({ name: 'secured-rig' })
      const key = await expectJson(client, { method: 'POST', path: '/_security/api_key', body })
      const plain = `${member(key, 'id')}:${member(key, 'api_key')}`

      for (const apiKey of [plain, Buffer.from(plain).toString('base64')]) {
        const check = await checkConnection(connectTo(rig, { credentials: { type: 'apiKey', apiKey } }))
        expect(check).toMatchObject({ result: 'ok' })
      }
      const wrong = await checkConnection(
        connectTo(rig, { credentials: { type: 'apiKey', apiKey: `${plain}x` } }),
      )
      expect(wrong).toMatchObject({ result: '401' })
    })

    test('says so where it is asked without TLS', async () => {
      const check = await checkConnection(connectTo({ url: rig.url.replace('https:', 'http:') }))

      expect(check.result).not.toBe('ok')
      expect(check.remedy).toContain('https://')
    })
  })
}
