import { gunzipSync, gzipSync } from 'node:zlib'
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

test('a compressed answer is unpacked', async () => {
  const server = await givenServer((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}')),
  )

  expect((await givenClient(server.url).send(get)).json()).toEqual({ a: 1 })
})

describe('an answer that is too large is cut off', () => {
  const limits = { ...get, maxBytes: 100_000 }

  test('by what it announces', async () => {
    const server = await givenServer((_, response) => response.end('x'.repeat(100_001)))

    expect(await failureOf(givenClient(server.url).send(limits))).toMatchObject({
      kind: 'protocol',
      evidence: { maxBytes: 100_000 },
    })
  })

  test('when it never ends', async () => {
    let sent = 0
    const server = await givenServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) sent += 10_000
      }
      response.on('drain', more)
      more()
    })

    expect(await failureOf(givenClient(server.url).send(limits))).toMatchObject({ kind: 'protocol' })
    expect(sent).toBeLessThan(50_000_000)
  })

  test('when it is small and unpacks to much', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    expect(bomb.length).toBeLessThan(limits.maxBytes)
    const server = await givenServer((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )

    const failure = await failureOf(givenClient(server.url).send(limits))

    expect(failure).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('larger than 100000 bytes'),
    })
  })

  test('while one of 10 MB passes by default', async () => {
    const server = await givenServer((_, response) => response.end('x'.repeat(10_000_000)))

    expect((await givenClient(server.url).send(get)).bytes).toHaveLength(10_000_000)
  })
})

test('an encoding we did not ask for is a protocol failure', async () => {
  const server = await givenServer((_, response) =>
    response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
  )

  expect(await failureOf(givenClient(server.url).send(get))).toMatchObject({
    kind: 'protocol',
    evidence: { contentEncoding: 'br' },
  })
})

test('a redirect is not followed, and its aim is shown', async () => {
  const server = await givenServer((_, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
  )

  const failure = await failureOf(givenClient(server.url).send(get))

  expect(failure).toMatchObject({
    kind: 'protocol',
    status: 302,
    evidence: { location: 'http://169.254.169.254/latest' },
  })
  expect(server.requests).toHaveLength(1)
})

test('an HTML page is not JSON, and is shown cut and escaped', async () => {
  const page = `<!DOCTYPE html>\u001b[31m${'sign in '.repeat(1_000)}`
  const server = await givenServer((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(page),
  )
  const response = await givenClient(server.url).send(get)

  const failure = await failureOf((async () => response.json())())

  expect(failure).toMatchObject({ kind: 'protocol', message: expect.stringContaining('a web page') })
  const { answer } = (failure as { evidence: { answer: string } }).evidence
  expect(answer).toContain('<!DOCTYPE html>\\u001b[31msign in')
  expect(answer.length).toBeLessThanOrEqual(2_048 + 5)
})

describe('a broken server', () => {
  test.each([
    [
      'says a longer content-length than it sends',
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}',
      'protocol',
      'middle',
    ],
    [
      'breaks off in a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{}',
      'protocol',
      'middle',
    ],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'protocol', 'does not speak HTTP'],
    [
      'says two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
      'protocol',
      '',
    ],
    [
      'sends headers without end',
      `HTTP/1.1 200 OK\r\n${'x: yyyyyyyy\r\n'.repeat(20_000)}`,
      'protocol',
      'too many headers',
    ],
    ['closes at once', '', 'tcp', 'lost'],
  ])('that %s', async (_, answer, kind, words) => {
    const server = await givenSocketServer((socket) => socket.once('data', () => socket.end(answer)))

    const failure = await failureOf(givenClient(server.url).send({ ...get, attempts: 1 }))

    expect(failure).toMatchObject({ kind, message: expect.stringContaining(words) })
  })

  test('that sends more than it announces harms only what it said, not the next answer', async () => {
    const server = await givenSocketServer((socket) =>
      socket.on('data', () => socket.write(`${ok('{"a":1}')}HTTP/1.1 200 OK\r\n`)),
    )
    const client = givenClient(server.url)

    for (let i = 0; i < 3; i++) expect((await client.send(get)).text()).toBe('{"a":1}')
  })

  test('that resets the connection is a lost connection', async () => {
    const server = await givenSocketServer((socket) => socket.once('data', () => socket.resetAndDestroy()))

    expect(await failureOf(givenClient(server.url).send({ ...get, attempts: 1 }))).toMatchObject({
      kind: 'tcp',
      retryable: true,
    })
  })

  test('that nobody started is refused, with the address', async () => {
    const server = await givenSocketServer(() => {})
    const free = server.port === 1 ? 2 : 1

    const failure = await failureOf(givenClient(`http://127.0.0.1:${free}`).send({ ...get, attempts: 1 }))

    expect(failure).toMatchObject({
      kind: 'tcp',
      evidence: { code: 'ECONNREFUSED', addresses: [`127.0.0.1:${free}`] },
    })
  })
})

describe('time', () => {
  test('ends a wait for a half-open server, and says what was waited for', async () => {
    const server = await givenSocketServer((socket) => socket.resume())

    const failure = await failureOf(givenClient(server.url).send({ ...get, timeoutMs: 150 }))

    expect(failure).toMatchObject({ kind: 'timeout', evidence: { phase: 'waiting for the answer' } })
  })

  test('ends an answer that trickles', async () => {
    const server = await givenServer((_, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })

    const failure = await failureOf(givenClient(server.url).send({ ...get, timeoutMs: 150 }))

    expect(failure).toMatchObject({ kind: 'timeout', evidence: { phase: 'reading the answer' } })
  })

  test('is one budget for all attempts', async () => {
    const server = await givenServer((_, response) => response.writeHead(503, { 'retry-after': '10' }).end())
    const startedAt = Date.now()

    const response = await givenClient(server.url).send({ ...get, timeoutMs: 500 })

    expect(response.status).toBe(503)
    expect(server.requests).toHaveLength(1)
    expect(Date.now() - startedAt).toBeLessThan(450)
  })
})

describe('abort', () => {
  test('ends a request with the reason of the signal', async () => {
    const server = await givenSocketServer((socket) => socket.resume())
    const reason = new Error('paused')
    const aborter = new AbortController()
    setTimeout(() => aborter.abort(reason), 50)

    expect(await failureOf(givenClient(server.url).send({ ...get, signal: aborter.signal }))).toBe(reason)
  })

  test('ends the wait before another attempt', async () => {
    const server = await givenServer((_, response) => response.writeHead(503, { 'retry-after': '20' }).end())
    const reason = new Error('paused')
    const aborter = new AbortController()
    setTimeout(() => aborter.abort(reason), 50)

    expect(await failureOf(givenClient(server.url).send({ ...get, signal: aborter.signal }))).toBe(reason)
    expect(server.requests).toHaveLength(1)
  })

  test('before the start sends nothing', async () => {
    const server = await givenServer((_, response) => response.end())

    await failureOf(givenClient(server.url).send({ ...get, signal: AbortSignal.abort(new Error('stopped')) }))

    expect(server.requests).toHaveLength(0)
  })
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
