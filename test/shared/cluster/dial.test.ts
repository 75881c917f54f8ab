import { beforeAll, describe, expect, test } from 'vitest'
import { givenStrictServer, makeCertificates } from './certificates.ts'
import { failureOf, givenClient, givenServer, givenSocketServer, givenTlsServer } from './servers.ts'

const get = { method: 'GET', path: '/', attempts: 1 } as const
const resolve = (...addresses: string[]) => ({ resolve: async () => addresses })

describe('time', () => {
  test('to resolve ends', async () => {
    const client = givenClient('http://slow.example', {
      options: { resolve: () => new Promise(() => {}), connectTimeoutMs: 400 },
    })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'timeout',
      evidence: { phase: 'resolving the name' },
    })
  })

  test('to agree on TLS ends', async () => {
    const server = await givenSocketServer((socket) => socket.resume())
    const client = givenClient(`https://127.0.0.1:${server.port}`, { options: { connectTimeoutMs: 400 } })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'timeout',
      evidence: { phase: 'agreeing on TLS' },
    })
  })

  test('of the request ends a connection in the making too', async () => {
    const server = await givenSocketServer((socket) => socket.resume())
    const client = givenClient(`https://127.0.0.1:${server.port}`)

    expect(await failureOf(client.send({ ...get, timeoutMs: 400 }))).toMatchObject({
      kind: 'timeout',
      evidence: { phase: 'agreeing on TLS', timeoutMs: 400 },
    })
  })
})

describe('TLS', () => {
  let certificates: ReturnType<typeof makeCertificates>
  beforeAll(() => {
    certificates = makeCertificates()
  })
  const trust = () => ({ tls: { ca: certificates.ca.cert } })

  test('with a certificate of the configured CA is good', async () => {
    const server = await givenTlsServer(certificates.good)

    expect((await givenClient(server.url, trust()).send(get)).json()).toEqual({})
  })

  test('proves the name that was asked for, not the address behind it', async () => {
    const server = await givenTlsServer(certificates.good)
    const named = (host: string) =>
      givenClient(`https://${host}:${server.port}`, { ...trust(), options: resolve('127.0.0.1') })

    expect((await named('localhost').send(get)).status).toBe(200)
    expect(await failureOf(named('cluster.example').send(get))).toMatchObject({
      kind: 'tls',
      evidence: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    })
  })

  test.each([
    ['selfSigned', 'is self-signed', 'CN=self'],
    ['expired', 'has expired', 'CN=expired'],
    ['early', 'is not yet valid', 'CN=early'],
    ['elsewhere', 'was issued for another host', 'CN=elsewhere'],
  ] as const)('refuses a certificate that is %s, and shows it', async (kind, why, subject) => {
    const server = await givenTlsServer(certificates[kind])

    const failure = await failureOf(givenClient(server.url, trust()).send(get))

    expect(failure).toMatchObject({
      kind: 'tls',
      message: `Cannot connect to ${server.url}: the certificate "${subject}" ${why}`,
      remedy: expect.any(String),
      evidence: {
        reason: why,
        certificate: {
          subject,
          issuer: kind === 'selfSigned' ? subject : 'CN=Test CA',
          validFrom: expect.stringMatching(/^\d{4}-.*Z$/),
          validTo: expect.stringMatching(/^\d{4}-.*Z$/),
          fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
        },
      },
    })
  })

  test('refuses a certificate of a CA that nobody configured', async () => {
    const server = await givenTlsServer(certificates.good)

    expect(await failureOf(givenClient(server.url).send(get))).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('was issued by an unknown CA'),
      evidence: { certificate: { subjectAltNames: 'DNS:localhost, IP Address:127.0.0.1' } },
    })
  })

  test('sends nothing before the certificate is proven', async () => {
    const server = await givenTlsServer(certificates.selfSigned)
    const client = givenClient(server.url, {
      credentials: { type: 'basic', username: 'u', password: 'not-to-be-sent' },
    })

    await failureOf(client.send(get))
    await server.ended()

    expect(server.received()).toBe('')
  })

  test('tells the server which name is meant, and no name for an address', async () => {
    const names: string[] = []
    const server = await givenTlsServer({
      ...certificates.good,
      SNICallback: (name, done) => {
        names.push(name)
        done(null)
      },
    })
    const named = { ...trust(), options: resolve('127.0.0.1') }

    await givenClient(`https://localhost:${server.port}`, named).send(get)
    await givenClient(`https://127.0.0.1:${server.port}`, named).send(get)

    expect(names).toEqual(['localhost'])
  })

  test('trusts one certificate that is configured itself', async () => {
    const server = await givenTlsServer(certificates.good)
    const client = givenClient(server.url, { tls: { ca: certificates.good.cert } })

    expect((await client.send(get)).status).toBe(200)
  })

  test('takes any certificate where the user said so', async () => {
    const server = await givenTlsServer(certificates.expired)

    expect((await givenClient(server.url, { tls: { insecure: true } }).send(get)).status).toBe(200)
  })

  test('says so where the port speaks no TLS', async () => {
    const server = await givenServer((_, response) => response.end())
    const client = givenClient(`https://127.0.0.1:${server.port}`)

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('does not speak TLS'),
    })
  })

  test('is hinted at where a TLS port is asked without', async () => {
    const server = await givenTlsServer(certificates.good)
    const client = givenClient(`http://127.0.0.1:${server.port}`)

    expect(await failureOf(client.send(get))).toMatchObject({ remedy: expect.stringContaining('https://') })
  })

  test('refuses a CA that is no certificate, without repeating it', async () => {
    const server = await givenTlsServer(certificates.good)
    const failure = await failureOf(
      givenClient(server.url, { tls: { ca: 'pasted the wrong thing' } }).send(get),
    )

    expect(failure).toMatchObject({ kind: 'tls', message: expect.stringContaining('tls.ca') })
    expect(String(failure)).not.toContain('wrong thing')
  })

  describe('with client certificates', () => {
    const wanting = (version: 'TLSv1.2' | 'TLSv1.3') =>
      givenTlsServer({
        ...certificates.good,
        ca: certificates.ca.cert,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: version,
        maxVersion: version,
      })
    const mtls = ({ cert, key }: { cert: string; key: string }) =>
      ({ ...trust(), credentials: { type: 'mtls', certificate: cert, key } }) as const

    test.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', async (version) => {
      const server = await wanting(version)

      expect((await givenClient(server.url, mtls(certificates.client)).send(get)).status).toBe(200)
    })

    test.each(['tls1_2', 'tls1_3'] as const)(
      'over %s none, or a foreign one, is a tls failure',
      async (version) => {
        const server = await givenStrictServer(certificates, version)

        for (const credentials of [trust(), mtls(certificates.selfSigned)]) {
          expect(await failureOf(givenClient(server.url, credentials).send(get))).toMatchObject({
            kind: 'tls',
            remedy: expect.stringMatching(/client certificate|mtls/),
          })
        }
      },
    )

    test('a server that hangs up without a word is a lost connection with a hint', async () => {
      const server = await wanting('TLSv1.3')

      expect(await failureOf(givenClient(server.url, mtls(certificates.selfSigned)).send(get))).toMatchObject(
        {
          kind: 'tcp',
          remedy: expect.stringContaining('client certificate'),
        },
      )
    })

    test('a key that does not belong to it is a tls failure that keeps the key', async () => {
      const server = await wanting('TLSv1.3')
      const wrong = { cert: certificates.client.cert, key: certificates.ca.key }

      const failure = await failureOf(givenClient(server.url, mtls(wrong)).send(get))

      expect(failure).toMatchObject({ kind: 'tls', message: expect.stringContaining('client certificate') })
    })
  })
})
