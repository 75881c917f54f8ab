// Small real servers that misbehave in one way each, on a free port of 127.0.0.1, gone when the test ends.
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { createServer as createTls, type TlsOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import { type ConnectorOptions, clusterConnector } from '../../../shared/cluster/connect.ts'
import type { EndpointRules } from '../../../shared/cluster/endpoint-rules.ts'
import type { ClusterConnection } from '../../../shared/domain/cluster.ts'

/** Answers with a status and a body, and remembers what it was asked. */
export async function givenServer(listener: RequestListener) {
  const requests: IncomingMessage[] = []
  const server = createHttp((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const { port } = await listening(server)
  return { url: `http://127.0.0.1:${port}`, port, requests }
}

/** Hands over the bare connections. */
export async function givenSocketServer(onSocket: (socket: Socket) => void) {
  const { port } = await listening(createTcp(onSocket))
  return { url: `http://127.0.0.1:${port}`, port }
}

/** Says 200 and `{}` once to whoever gets through the handshake. */
export async function givenTlsServer(options: TlsOptions) {
  const ended = Promise.withResolvers<void>()
  let received = ''
  const server = createTls(options, (socket) => {
    socket.on('error', () => {}).on('close', () => ended.resolve())
    socket.on('data', (chunk) => {
      received += chunk
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    })
  })
  server.on('tlsClientError', () => ended.resolve())
  const { port } = await listening(server)
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    /** What came through TLS. */
    received: () => received,
    /** Resolves when the first connection is over. */
    ended: () => ended.promise,
  }
}

async function listening(server: Server): Promise<AddressInfo> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the server has no port')
  return address
}

type Given = Partial<ClusterConnection> & { rules?: EndpointRules; options?: ConnectorOptions }

/** A client of the local door; closed when the test ends. */
export function givenClient(endpoint: string, { rules, options, ...connection }: Given = {}) {
  const client = clusterConnector(rules ?? { allowLoopback: true }, options).connect({
    role: 'source',
    endpoint,
    credentials: { type: 'none' },
    ...connection,
  })
  onTestFinished(() => client.close())
  return client
}

/** The error a promise rejects with; a promise that resolves fails the test. */
export async function failureOf(promise: Promise<unknown>) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('expected a failure')
}
