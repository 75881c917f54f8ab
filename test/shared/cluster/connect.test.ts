import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { failureOf, givenClient, givenServer, givenSocketServer } from './servers.ts'

const get = { method: 'GET', path: '/' } as const
const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

test('an answer of any status is handed over with its headers and bytes', async () => {
  const server = await givenServer((_, response) => response.writeHead(418, { 'x-a': 'b' }).end('{"née": 1}'))
  const client = givenClient(server.url)

  const response = await client.send(get)

  expect(response.status).toBe(418)
  expect(response.headers.get('x-a')).toBe('b')
  expect(response.text()).toBe('{"née": 1}')
  expect(response.json()).toEqual({ née: 1 })
})

test('path, query and body arrive as they were given, below the path of the endpoint', async () => {
  const bodies: string[] = []
  const server = await givenServer((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk))).on('end', () => response.end('{}'))
  })
  const client = givenClient(`${server.url}/search/`)

  await client.send({
    method: 'POST',
    path: '/a%2Fb/_bulk',
    query: { routing: "a b&c=d'é", refresh: true, n: 1 },
    body: '{"x": 1.10}\n',
    contentType: 'application/x-ndjson',
  })

  const [request] = server.requests
  expect(request?.url).toBe('/search/a%2Fb/_bulk?routing=a%20b%26c%3Dd%27%C3%A9&refresh=true&n=1')
  expect(request?.headers['content-type']).toBe('application/x-ndjson')
  expect(bodies.join('')).toBe('{"x": 1.10}\n')
})

test('a body may travel compressed', async () => {
  let received = Buffer.alloc(0)
  const server = await givenServer((request, response) => {
    request
      .on('data', (chunk) => (received = Buffer.concat([received, chunk])))
      .on('end', () => response.end('{}'))
  })

  await givenClient(server.url).send({ method: 'POST', path: '/_bulk', body: 'x'.repeat(10_000), gzip: true })

  expect(server.requests[0]?.headers['content-encoding']).toBe('gzip')
  expect(received.length).toBeLessThan(1_000)
  expect(gunzipSync(received).toString()).toBe('x'.repeat(10_000))
})

describe('another attempt', () => {
  const flaky = (failures: number, status: number) => {
    let seen = 0
    return givenServer((_, response) => {
      seen++
      response.writeHead(seen > failures ? 200 : status, { 'retry-after': '0' }).end('{}')
    })
  }

  test.each([429, 502, 503, 504])('is made for a GET after %i', async (status) => {
    const server = await flaky(2, status)

    expect((await givenClient(server.url).send(get)).status).toBe(200)
    expect(server.requests).toHaveLength(3)
  })

  test('is not made for ever', async () => {
    const server = await flaky(9, 429)

    expect((await givenClient(server.url).send(get)).status).toBe(429)
    expect(server.requests).toHaveLength(3)
  })

  test.each([400, 401, 403, 404, 500])('is not made after %i', async (status) => {
    const server = await flaky(1, status)

    expect((await givenClient(server.url).send(get)).status).toBe(status)
    expect(server.requests).toHaveLength(1)
  })

  test('is not made for a POST, which may have been done', async () => {
    const server = await flaky(1, 503)

    expect((await givenClient(server.url).send({ method: 'POST', path: '/_bulk', body: '{}' })).status).toBe(
      503,
    )
    expect(server.requests).toHaveLength(1)
  })

  test('is made for a POST that says it is idempotent', async () => {
    const server = await flaky(1, 503)
    const request = { method: 'POST', path: '/_bulk', body: '{"a":1}', idempotent: true } as const

    expect((await givenClient(server.url).send(request)).status).toBe(200)
    expect(server.requests).toHaveLength(2)
  })

  test('is not made for a POST whose connection was lost on the way', async () => {
    let connections = 0
    const server = await givenSocketServer((socket) => {
      connections++
      socket.once('data', () => socket.destroy())
    })

    const failure = await failureOf(givenClient(server.url).send({ method: 'POST', path: '/', body: '{}' }))

    expect(failure).toMatchObject({ kind: 'tcp' })
    expect(connections).toBe(1)
  })

  test('is made for a GET whose connection was lost', async () => {
    let connections = 0
    const server = await givenSocketServer((socket) => {
      connections++
      socket.once('data', () => (connections > 1 ? socket.end(ok('{}')) : socket.destroy()))
    })

    expect((await givenClient(server.url).send(get)).status).toBe(200)
  })
})

test('no more connections are opened than allowed', async () => {
  let open = 0
  let most = 0
  const server = await givenSocketServer((socket) => {
    most = Math.max(most, ++open)
    socket.on('close', () => open--)
    socket.on('data', () => setTimeout(() => socket.write(ok('{}')), 20))
  })
  const client = givenClient(server.url, { options: { connections: 2 } })

  await Promise.all(Array.from({ length: 8 }, () => client.send(get)))

  expect(most).toBe(2)
})

test('a closed client answers with a failure, not with silence', async () => {
  const server = await givenServer((_, response) => response.end('{}'))
  const client = givenClient(server.url)
  await client.close()

  expect(await failureOf(client.send(get))).toMatchObject({ name: 'ClusterFailure' })
})
