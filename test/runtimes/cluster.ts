import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import type { WhenDone } from './clean-up.ts'

const answers: Record<string, unknown> = {
  '/': { version: { number: '2.19.0', distribution: 'opensearch' }, tagline: 'The OpenSearch Project' },
  '/_cluster/health': { status: 'green', number_of_nodes: 1 },
  '/_cat/indices': [{ index: 'orders', status: 'open', 'docs.count': '3', 'store.size': '10' }],
  '/_alias': {},
  '/_data_stream': { data_streams: [] },
  '/_nodes': { nodes: { one: { version: '2.19.0' } } },
}

/** Answers as an OpenSearch with one index would, at an address of this machine that is not loopback; undefined without one. */
export async function startCluster(whenDone: WhenDone): Promise<string | undefined> {
  const host = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal && !one.address.startsWith('169.254.'))?.address
  if (host === undefined) return undefined
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const key = Object.keys(answers).findLast((prefix) => path === prefix || path.startsWith(`${prefix}/`))
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(key === undefined ? {} : answers[key]))
  })
  await new Promise<void>((listening) => server.listen(0, host, listening))
  whenDone(
    () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  return typeof address === 'object' && address ? `http://${host}:${address.port}` : undefined
}
