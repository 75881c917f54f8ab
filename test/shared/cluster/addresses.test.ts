import { describe, expect, test } from 'vitest'
import { failureOf, givenClient, givenServer } from './servers.ts'

const get = { method: 'GET', path: '/', attempts: 1 } as const
const resolve = (...addresses: string[]) => ({ resolve: async () => addresses })

describe('a name', () => {
  test('that is not known is a dns failure with the code of the resolver', async () => {
    const client = givenClient('http://no-such-host.invalid:9200', {
      options: {
        resolve: async () => {
          throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
        },
      },
    })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'dns',
      retryable: false,
      evidence: { code: 'ENOTFOUND', host: 'no-such-host.invalid' },
    })
  })

  test('is asked for again at each connection, so that a second answer is judged too', async () => {
    const server = await givenServer((_, response) =>
      response.writeHead(200, { connection: 'close' }).end('{}'),
    )
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const client = givenClient(`http://cluster.example:${server.port}`, {
      options: { resolve: async () => answers.shift() ?? [] },
    })

    expect((await client.send(get)).status).toBe(200)
    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('it resolves to 169.254.169.254'),
    })
    expect(server.requests).toHaveLength(1)
  })

  test('is connected to at the address that was checked, under its own name', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://cluster.invalid:${server.port}`, { options: resolve('127.0.0.1') })

    expect((await client.send(get)).status).toBe(200)
    expect(server.requests[0]?.headers.host).toBe(`cluster.invalid:${server.port}`)
  })

  test('with one address that may not be used is refused whole', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://cluster.example:${server.port}`, {
      options: resolve('127.0.0.1', '::ffff:169.254.169.254'),
    })

    expect(await failureOf(client.send(get))).toMatchObject({ kind: 'refused' })
    expect(server.requests).toHaveLength(0)
  })

  test('whose first address does not answer is reached at its second', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://cluster.example:${server.port}`, {
      options: resolve('127.0.0.2', '127.0.0.1'),
    })

    expect((await client.send(get)).status).toBe(200)
  })

  test('of loopback is refused but on the local door', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://cluster.example:${server.port}`, {
      rules: {},
      options: resolve('127.0.0.1'),
    })

    expect(await failureOf(client.send(get))).toMatchObject({ kind: 'refused', remedy: expect.any(String) })
    expect(server.requests).toHaveLength(0)
  })

  test('that leads to our own port is refused, even where that port is known by another name', async () => {
    const server = await givenServer((_, response) => response.end('{}'))
    const client = givenClient(`http://cluster.example:${server.port}`, {
      rules: { allowLoopback: true, forbidden: () => [{ host: 'database.internal', port: server.port }] },
      options: resolve('127.0.0.1'),
    })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Migration Assistant itself'),
    })
  })

  test('that shares the address of our database, on another machine, is refused at its port', async () => {
    const names: Record<string, string[]> = {
      'db.internal': ['10.255.0.9'],
      'cluster.example': ['10.255.0.9'],
    }
    const client = givenClient('http://cluster.example:5432', {
      rules: { forbidden: () => [{ host: 'db.internal', port: 5432 }] },
      options: { resolve: async (host) => names[host] ?? [] },
    })

    expect(await failureOf(client.send(get))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Migration Assistant itself'),
    })
  })

  test('an endpoint that is no address is refused by the first request, not by connect', async () => {
    expect(await failureOf(givenClient('nonsense').send(get))).toMatchObject({ kind: 'refused' })
    expect(await failureOf(givenClient('ftp://cluster.example').send(get))).toMatchObject({ kind: 'refused' })
  })
})
