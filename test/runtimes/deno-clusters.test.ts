// Why the Deno door may connect to clusters: on Deno too every address is checked and pinned, a private CA and client
// certificates are proven, and nothing is sent before. The servers are Node's and OpenSSL's, so Deno proves it to others.
import { beforeAll, expect, test } from 'vitest'
import { givenStrictServer, makeCertificates } from '../shared/cluster/certificates.ts'
import { givenServer, givenTlsServer } from '../shared/cluster/servers.ts'
import { startChild } from './child.ts'
import type { Dial, Outcome } from './dial-on-deno.ts'
import { denoFlags, programs } from './doors.ts'

let certificates: ReturnType<typeof makeCertificates>
beforeAll(() => {
  certificates = makeCertificates()
})
const trust = () => ({ tls: { ca: certificates.ca.cert } })

async function dialOnDeno(...dials: Dial[]): Promise<Outcome[]> {
  const child = startChild(programs.deno, [
    'run',
    ...denoFlags(),
    'test/runtimes/dial-on-deno.ts',
    JSON.stringify(dials),
  ])
  const [line] = await child.says(/^\[.*\]$/m)
  await child.stop()
  return JSON.parse(line)
}

test('a name is resolved at each connection, and connected to at the address that was checked', async () => {
  const server = await givenServer((_, response) =>
    response.writeHead(200, { connection: 'close' }).end('{}'),
  )
  const endpoint = `http://cluster.invalid:${server.port}`

  const outcomes = await dialOnDeno(
    { endpoint, addresses: [['127.0.0.1']] },
    { endpoint, addresses: [['127.0.0.1'], ['169.254.169.254']], times: 2 },
    { endpoint, addresses: [['127.0.0.1', '::ffff:169.254.169.254']] },
    { endpoint, addresses: [['127.0.0.1']], allowLoopback: false },
  )

  expect(outcomes).toEqual([
    { status: 200 },
    { kind: 'refused', message: expect.stringContaining('it resolves to 169.254.169.254') },
    { kind: 'refused', message: expect.stringContaining('169.254.169.254') },
    { kind: 'refused', message: expect.stringContaining('loopback') },
  ])
  expect(server.requests).toHaveLength(2)
  expect(server.requests[0]?.headers.host).toBe(`cluster.invalid:${server.port}`)
})

test('a certificate of the private CA is trusted for its names and days, and no other is', async () => {
  const [good, expired, early, elsewhere, selfSigned] = await Promise.all(
    (['good', 'expired', 'early', 'elsewhere', 'selfSigned'] as const).map((kind) =>
      givenTlsServer(certificates[kind]),
    ),
  )
  const bad = [expired, early, elsewhere, selfSigned].map((server) => ({
    endpoint: server?.url ?? '',
    credentials: { type: 'basic', username: 'u', password: 'not-to-be-sent' } as const,
    ...trust(),
  }))

  const outcomes = await dialOnDeno(
    { endpoint: good?.url ?? '', ...trust() },
    { endpoint: good?.url ?? '' },
    ...bad,
    { endpoint: expired?.url ?? '', tls: { insecure: true } },
  )

  expect(outcomes[0]).toEqual({ status: 200 })
  for (const outcome of outcomes.slice(1, -1)) expect(outcome).toMatchObject({ kind: 'tls' })
  expect(outcomes.at(-1)).toEqual({ status: 200 })
  for (const server of [early, elsewhere, selfSigned]) expect(server?.received()).toBe('')
  expect(expired?.received()).not.toContain('Authorization')
})

test('a client certificate opens a cluster that asks for one; none, or a foreign one, does not', async () => {
  const mtls = ({ cert, key }: { cert: string; key: string }) =>
    ({ ...trust(), credentials: { type: 'mtls', certificate: cert, key } }) as const
  const servers = [
    await givenStrictServer(certificates, 'tls1_2'),
    await givenStrictServer(certificates, 'tls1_3'),
  ]

  const outcomes = await dialOnDeno(
    ...servers.flatMap(({ url: endpoint }) => [
      { endpoint, ...mtls(certificates.client) },
      { endpoint, ...trust() },
      { endpoint, ...mtls(certificates.selfSigned) },
      { endpoint, ...mtls({ cert: certificates.client.cert, key: certificates.ca.key }) },
    ]),
  )

  const opened = outcomes.filter((_, at) => at % 4 === 0)
  const closed = outcomes.filter((_, at) => at % 4 !== 0)
  expect(opened).toEqual([{ status: 200 }, { status: 200 }])
  expect(closed).toHaveLength(6)
  for (const outcome of closed) expect(outcome).toMatchObject({ kind: expect.stringMatching(/^(tls|tcp)$/) })
})
