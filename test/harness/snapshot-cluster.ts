// A source that takes snapshots in memory, on a real socket: for what no real engine does when it is asked to.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'

type State = 'IN_PROGRESS' | 'SUCCESS' | 'PARTIAL' | 'FAILED'

/** A cluster with two indexes of one shard each. Snapshots stay `IN_PROGRESS` until a test ends them. */
export class SnapshotCluster {
  url = ''
  readonly indexes = ['orders', 'users']
  readonly snapshots = new Map<string, { state: State; indices: string[]; doneBytes: number }>()
  readonly repositories = new Map<string, unknown>()
  readonly requests: string[] = []
  /** Status and error type of every request that is not to `/`, while set. */
  trouble: { status: number; type: string } | null = null

  answer(method: string, path: string, body: string): { status: number; body: unknown } {
    this.requests.push(`${method} ${path}`)
    if (path === '/')
      return ok({ version: { number: '7.9.3' }, tagline: 'You Know, for Search', cluster_uuid: 'u' })
    if (this.trouble) return failed(this.trouble.status, this.trouble.type, 'as the test wants it')
    if (path === '/_cluster/health') return ok({ status: 'green', number_of_nodes: 1 })
    if (path === '/_nodes') return ok({ nodes: { a: { name: 'a', version: '7.9.3' } } })
    if (path === '/_cat/indices') return ok(this.indexes.map(row))
    if (path === '/_alias') return ok(Object.fromEntries(this.indexes.map((name) => [name, { aliases: {} }])))
    if (path === '/_data_stream') return ok({ data_streams: [] })
    const [, , repository = '', snapshot, status] = path.split('/')
    if (snapshot === undefined) return this.#repository(method, repository, body)
    return this.#snapshot(method, repository, snapshot, status, body)
  }

  #repository(method: string, name: string, body: string) {
    if (method === 'PUT') this.repositories.set(name, JSON.parse(body))
    const known = this.repositories.get(name)
    return known ? ok({ [name]: known }) : failed(404, 'repository_missing_exception', `[${name}] missing`)
  }

  #snapshot(
    method: string,
    repository: string,
    name: string,
    status: string | undefined,
    body: string,
  ): { status: number; body: unknown } {
    if (method === 'PUT') {
      const { indices } = JSON.parse(body) as { indices: string[] } // the tool's own request
      this.snapshots.set(name, { state: 'IN_PROGRESS', indices, doneBytes: 0 })
      return ok({ accepted: true })
    }
    const found = this.snapshots.get(name)
    if (!found) return failed(404, 'snapshot_missing_exception', `[${repository}:${name}] is missing`)
    if (method === 'DELETE') {
      this.snapshots.delete(name)
      return ok({ acknowledged: true })
    }
    return ok({ snapshots: [status ? statusOf(found) : infoOf(name, found)] })
  }
}

type Taken = { state: State; indices: string[]; doneBytes: number }

const ok = (body: unknown) => ({ status: 200, body })
const failed = (status: number, type: string, reason: string) => ({
  status,
  body: { error: { type, reason, root_cause: [] }, status },
})
const row = (index: string) => ({
  index,
  status: 'open',
  health: 'green',
  pri: '1',
  rep: '0',
  'docs.count': '1',
  'pri.store.size': '1000',
})

function infoOf(snapshot: string, { state, indices }: Taken) {
  const ended = state !== 'IN_PROGRESS'
  const lost = state === 'PARTIAL' ? indices.slice(0, 1) : []
  return {
    snapshot,
    state,
    uuid: `uuid-of-${snapshot}`,
    indices,
    start_time_in_millis: 1_700_000_000_000,
    end_time_in_millis: ended ? 1_700_000_060_000 : 0,
    shards: { total: indices.length, failed: lost.length, successful: indices.length - lost.length },
    failures: lost.map((index) => ({ index, shard_id: 0, reason: 'node left' })),
    ...(state === 'FAILED' ? { reason: 'the disk is full' } : {}),
  }
}

function statusOf({ state, indices, doneBytes }: Taken) {
  const shard = (index: number) => {
    if (state === 'PARTIAL' && index === 0) return { stage: 'FAILURE', reason: 'node left', stats: {} }
    const incremental = { file_count: 1, size_in_bytes: 1_000 }
    const running = { incremental, total: incremental, processed: { size_in_bytes: doneBytes } }
    return state === 'IN_PROGRESS'
      ? { stage: 'STARTED', node: 'n1', stats: running }
      : { stage: 'DONE', stats: { incremental, total: incremental } }
  }
  return { indices: Object.fromEntries(indices.map((name, i) => [name, { shards: { 0: shard(i) } }])) }
}

/** Starts one; it ends with the test. */
export async function startSnapshotCluster(): Promise<SnapshotCluster> {
  const cluster = new SnapshotCluster()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const path = new URL(request.url ?? '/', 'http://cluster').pathname
    const answer = cluster.answer(request.method ?? 'GET', path, body)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the cluster has no port')
  cluster.url = `http://127.0.0.1:${address.port}`
  return cluster
}
