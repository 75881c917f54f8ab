import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { failureOf, givenClient, givenServer, givenSocketServer } from './servers.ts'

const get = { method: 'GET', path: '/' } as const
const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

test('a compressed answer is unpacked', async () => {
  const server = await givenServer((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}')),
  )

  expect((await givenClient(server.url).send(get)).json()).toEqual({ a: 1 })
})

test('an answer that does not tell its length is whole, however it comes', async () => {
  const parts = Array.from({ length: 300 }, (_, i) => String(i).repeat(1 + (i % 97)))
  const server = await givenServer(async (_, response) => {
    for (const part of parts) if (!response.write(part)) await new Promise((go) => response.once('drain', go))
    response.end()
  })

  expect((await givenClient(server.url).send(get)).text()).toBe(parts.join(''))
})

test('large answers in pieces come whole, one after the other and side by side, and nobody else loses memory', async () => {
  const body = randomBytes(6_000_011)
  const server = await givenServer(async ({ url }, response) => {
    if (url === '/told') response.setHeader('content-length', body.length)
    const step = url === '/small' ? 701 : 333_333
    for (let at = 0; at < body.length; at += step)
      if (!response.write(body.subarray(at, at + step))) await new Promise((go) => response.once('drain', go))
    response.end()
  })
  const client = givenClient(server.url)
  const shared = Array.from({ length: 200 }, (_, i) => Buffer.from(`shares the memory of small buffers ${i}`))

  for (const path of ['/told', '/chunked', '/small']) {
    const answers = [await client.send({ ...get, path }), await client.send({ ...get, path })]
    answers.push(...(await Promise.all([1, 2, 3].map(() => client.send({ ...get, path })))))
    for (const { bytes } of answers) expect(body.equals(bytes), path).toBe(true)
  }
  expect(shared.map(String)).toEqual(shared.map((_, i) => `shares the memory of small buffers ${i}`))
  expect(body.length).toBe(6_000_011)
})

test('an answer is asked for as it stands where packing it is not worth it', async () => {
  const server = await givenServer((request, response) => response.end(request.headers['accept-encoding']))

  expect((await givenClient(server.url).send(get)).text()).toBe('gzip')
  expect((await givenClient(server.url).send({ ...get, acceptGzip: false })).text()).toBe('identity')
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

    const failure = await failureOf(givenClient(server.url).send({ ...get, timeoutMs: 400 }))

    expect(failure).toMatchObject({ kind: 'timeout', evidence: { phase: 'waiting for the answer' } })
  })

  test('ends an answer that trickles', async () => {
    const server = await givenServer((_, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })

    const failure = await failureOf(givenClient(server.url).send({ ...get, timeoutMs: 400 }))

    expect(failure).toMatchObject({ kind: 'timeout', evidence: { phase: 'reading the answer' } })
  })

  test('is one budget for all attempts', async () => {
    const server = await givenServer((_, response) => response.writeHead(503, { 'retry-after': '10' }).end())
    const startedAt = Date.now()

    const response = await givenClient(server.url).send({ ...get, timeoutMs: 5_000 })

    expect(response.status).toBe(503)
    expect(server.requests).toHaveLength(1)
    expect(Date.now() - startedAt).toBeLessThan(4_500)
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

  test('takes a request that still waits for a connection out of the queue', async () => {
    const held = Promise.withResolvers<void>()
    const server = await givenServer((_, response) => void held.promise.then(() => response.end('{}')))
    const client = givenClient(server.url, { options: { connections: 1 } })
    const first = client.send(get)
    const second = failureOf(client.send({ method: 'DELETE', path: '/a', timeoutMs: 400 }))

    expect(await second).toMatchObject({
      kind: 'timeout',
      evidence: { phase: 'waiting for a free connection' },
    })
    held.resolve()
    await first
    await client.send(get)

    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  test('before the start sends nothing', async () => {
    const server = await givenServer((_, response) => response.end())

    await failureOf(givenClient(server.url).send({ ...get, signal: AbortSignal.abort(new Error('stopped')) }))

    expect(server.requests).toHaveLength(0)
  })
})
