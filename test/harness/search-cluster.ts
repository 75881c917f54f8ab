// A cluster of our own making on a real socket: for processes that a test starts and kills.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { FakeCluster } from '../tools/metadata/fake-cluster.ts'

export type SearchCluster = { cluster: FakeCluster; url: string }

type Options = {
  indexes?: number
  /** How long a write takes. */
  writeMs?: number
}

/** Answers as an Elasticsearch 7.10 or an OpenSearch 2.19 would, from memory. */
export async function startCluster(
  product: 'elasticsearch' | 'opensearch',
  { indexes = 0, writeMs = 0 }: Options = {},
): Promise<SearchCluster> {
  const cluster = new FakeCluster(product, product === 'opensearch' ? '2.19.0' : '7.17.0')
  for (let i = 0; i < indexes; i++)
    cluster.indexes.set(nameOf(i), { settings: { number_of_shards: '1' }, mappings: {}, aliases: {} })
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://cluster')
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (request.method === 'PUT' && writeMs > 0) await new Promise((wait) => setTimeout(wait, writeMs))
    const method = request.method as 'GET' // the client sends no other than those of ClusterRequest
    const query = Object.fromEntries(url.searchParams)
    const answer = await cluster.answer({ method, path: url.pathname, query, body })
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the cluster has no port')
  return { cluster, url: `http://127.0.0.1:${address.port}` }
}

export const nameOf = (i: number) => `orders-${String(i).padStart(3, '0')}`

/** The config of a session between the two. */
export function between(source: SearchCluster, target: SearchCluster) {
  const auth = { type: 'none' }
  return { source: { endpoint: source.url, auth }, target: { endpoint: target.url, auth } }
}
