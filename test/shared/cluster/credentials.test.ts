import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { checkConnection } from '../../../shared/cluster/check.ts'
import { redactor, signed } from '../../../shared/cluster/credentials.ts'
import { expectJson } from '../../../shared/cluster/expect-json.ts'
import type { Credentials } from '../../../shared/domain/cluster.ts'
import { failureOf, givenClient, givenServer, givenSocketServer } from './servers.ts'

const get = { method: 'GET', path: '/' } as const

// Keys, date and signatures of the published AWS Signature Version 4 test suite.
const vector = {
  region: 'us-east-1',
  service: 'service',
  keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
}
const at = new Date('2015-08-30T12:36:00Z')

test.each([
  ['get-vanilla', 'GET', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', {}, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    { Param2: 'value2', Param1: 'value1' },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
])('the AWS signature of %s is the published one', async (_, method, query, signature) => {
  const wire = { method, path: '/', query, headers: {} }

  const headers = await signed(wire, new URL('https://example.amazonaws.com'), vector, at)

  expect(headers.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  )
})

describe('the headers a cluster receives', () => {
  async function received(credentials: Credentials) {
    const server = await givenServer((_, response) => response.end('{}'))
    await givenClient(server.url, { credentials }).send({ ...get, path: '/a%2Fb', query: { q: 'x*y' } })
    const [request] = server.requests
    const headers: Record<string, unknown> = { ...request?.headers }
    return { headers, authorization: String(headers.authorization), port: server.port }
  }

  test('of basic auth hold user and password in UTF-8', async () => {
    const { authorization } = await received({ type: 'basic', username: 'née', password: 'p:ß"' })

    expect(authorization).toBe(`Basic ${Buffer.from('née:p:ß"').toString('base64')}`)
  })

  test.each([
    ['id:key', 'ApiKey aWQ6a2V5'],
    ['aWQ6a2V5', 'ApiKey aWQ6a2V5'],
    [' ApiKey aWQ6a2V5\n', 'ApiKey aWQ6a2V5'],
  ])('of the API key %j', async (apiKey, expected) => {
    expect((await received({ type: 'apiKey', apiKey })).authorization).toBe(expected)
  })

  test('of a signed request name service, host and token', async () => {
    const keys = { ...vector.keys, sessionToken: 'session-token' }
    const { headers, authorization, port } = await received({
      type: 'sigv4',
      region: 'eu-west-1',
      service: 'es',
      keys,
    })

    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/es\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, /,
    )
    expect(headers.host).toBe(`127.0.0.1:${port}`)
    expect(headers['x-amz-security-token']).toBe('session-token')
    expect(headers['x-amz-content-sha256']).toBeUndefined()
  })

  test('of a request to serverless hold the signed hash of the body', async () => {
    const { headers, authorization } = await received({
      type: 'sigv4',
      region: 'eu-west-1',
      service: 'aoss',
      keys: vector.keys,
    })

    expect(headers['x-amz-content-sha256']).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
    expect(authorization).toContain('x-amz-content-sha256')
  })
})

describe('the ambient cloud role', () => {
  const credentials = { type: 'sigv4', region: 'eu-west-1', service: 'es' } as const
  const options = { resolve: async () => ['127.0.0.1'] }

  test('signs for an endpoint that is listed', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const rules = { allowLoopback: true, cloudAllow: ['*.es.example'], cloudKeys: async () => vector.keys }

    await givenClient(`http://a.es.example:${server.port}`, { credentials, rules, options }).send(get)

    expect(server.requests[0]?.headers.authorization).toContain('AKIDEXAMPLE')
  })

  test.each([
    ['nothing is listed', {}],
    ['another host is listed', { cloudAllow: ['b.es.example'], cloudKeys: async () => vector.keys }],
    ['the role is not given', { cloudAllow: ['*'] }],
  ])('signs nothing where %s', async (_, rules) => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://a.es.example:${server.port}`, {
      credentials,
      rules: { allowLoopback: true, ...rules },
      options,
    })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'refused',
      remedy: expect.stringContaining('MA_CLOUD_ALLOW'),
    })
    expect(server.requests).toHaveLength(0)
  })
})

test('an API key that no header can carry fails without showing it', async () => {
  const server = await givenServer((_, response) => response.end('{}'))
  const client = givenClient(server.url, { credentials: { type: 'apiKey', apiKey: 'top\r\nsecret' } })

  const failure = await failureOf(client.send(get))

  expect(failure).toMatchObject({ kind: '401' })
  expect(inspect(failure, { depth: 9 })).not.toMatch(/secret"|top/)
})

describe('a credential is shown by nothing', () => {
  const secret = 'hunter2-"ß-very/secret+'
  const all: Credentials[] = [
    { type: 'basic', username: 'user', password: secret },
    { type: 'apiKey', apiKey: `id:${secret}` },
    { type: 'apiKey', apiKey: Buffer.from(`id:${secret}`).toString('base64') },
    {
      type: 'sigv4',
      region: 'r',
      service: 'es',
      keys: { accessKeyId: 'AKID', secretAccessKey: secret, sessionToken: `${secret}t` },
    },
  ]
  const traces = (credentials: Credentials) =>
    [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      Buffer.from(`user:${secret}`).toString('base64'),
      Buffer.from(`id:${secret}`).toString('base64'),
      credentials.type === 'apiKey' ? credentials.apiKey : secret,
    ] as const

  // Every way an answer, or its lack, becomes a failure; the servers repeat what they were sent.
  const echo = (head: string) =>
    givenSocketServer((socket) => {
      socket.once('data', (data) => {
        const sent = `${data}\r\n${secret} ${JSON.stringify(secret)}`
        const body = JSON.stringify({ error: { reason: sent }, plain: sent })
        socket.end(head + body)
      })
    })

  test.each([
    ['401', 'HTTP/1.1 401 Unauthorized\r\n\r\n'],
    ['403', 'HTTP/1.1 403 Forbidden\r\n\r\n'],
    ['500', 'HTTP/1.1 500 Error\r\n\r\n'],
    ['400', 'HTTP/1.1 400 Bad\r\n\r\n'],
    ['200 around nonsense', 'HTTP/1.1 200 OK\r\n\r\nnonsense'],
    ['no HTTP', 'nonsense '],
    ['a broken answer', 'HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n'],
  ])('after %s', async (_, head) => {
    for (const credentials of all) {
      const server = await echo(head)
      const client = givenClient(server.url, { credentials })

      const failure = await failureOf(expectJson(client, { ...get, attempts: 1 }))
      const check = await checkConnection(client)

      const shown =
        inspect([failure, check, client.connection], { depth: 20, maxStringLength: 1e6 }) +
        JSON.stringify(check)
      for (const trace of traces(credentials)) expect(shown).not.toContain(trace)
    }
  })

  test('after a redirect that repeats it', async () => {
    const plain = 'plainsecret123'
    const server = await givenServer((_, response) =>
      response.writeHead(301, { location: `/login?p=${plain}` }).end(),
    )
    const client = givenClient(server.url, { credentials: { type: 'basic', username: 'u', password: plain } })

    const failure = await failureOf(client.send(get))

    expect(failure).toMatchObject({ evidence: { location: '/login?p=<redacted>' } })
    expect(inspect(failure, { depth: 9 })).not.toContain(plain)
  })

  test('and short words are not blotted out of everything', () => {
    expect(redactor({ type: 'basic', username: 'a', password: 'a' })('a cat')).toBe('a cat')
  })
})
