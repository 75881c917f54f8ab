// 1,000 indexes of 50 fields with aliases, Elasticsearch 7.10 to OpenSearch 2.19: the run of the product, against bare
// parallel PUTs of the very bodies that it sends. In turn, in one run, on the same two clusters.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { runMetadata } from '../../tools/metadata/run.ts'
import { startProduct } from '../harness/product.ts'
import { type Engine, startEngine } from '../rigs/engine.ts'
import { median, type Row, spread } from './measure.ts'
import { silent } from './silent.ts'

const INDEXES = 1_000
const FIELDS = 50
const WIDTH = 8
const PAIRS = 2
const settings = { 'cluster.max_shards_per_node': '5000', 'action.destructive_requires_name': 'false' }

type Put = { path: string; body: string }

export async function measureMetadata(): Promise<Row[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ma-bench-'))
  const [source, target, product] = await Promise.all([
    startEngine('es7', { settings, heapMb: 768 }),
    startEngine('os2', { settings, heapMb: 768 }),
    startProduct({ dataDir, env: { MA_LOG: 'warn' } }),
  ])
  try {
    console.error(`the source has its indexes after ${Math.round(await putAll(source, sampleIndexes()))} ms`)
    // The first run is not counted: it warms the target, and tells which bodies are sent.
    const bodies = await recordPuts(source, target)
    await clear(target)
    const call = caller(product.url, product.adminToken)
    await openSession(call, source, target)
    const pairs = await inTurn(target, {
      tool: () => runOfProduct(call),
      bare: () => putAll(target, bodies),
    })
    return [rowOf(pairs)]
  } finally {
    await Promise.all([source.stop(), target.stop(), product.stop()])
    await rm(dataDir, { recursive: true, force: true })
  }
}

type Pair = { tool: number; bare: number }

async function inTurn(target: Engine, work: Record<keyof Pair, () => Promise<number>>): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let at = 0; at < PAIRS; at++) {
    const pair: Pair = { tool: 0, bare: 0 }
    for (const one of at % 2 ? (['tool', 'bare'] as const) : (['bare', 'tool'] as const)) {
      pair[one] = await work[one]()
      await clear(target)
    }
    console.error(`pair ${at + 1} of ${PAIRS}: ${JSON.stringify(pair)} ms`)
    pairs.push(pair)
  }
  return pairs
}

function rowOf(pairs: Pair[]): Row {
  const ratios = pairs.map(({ tool, bare }) => tool / bare)
  const seconds = (values: number[]) => `${(median(values) / 1_000).toFixed(1)} s`
  return {
    name: `metadata: ${INDEXES.toLocaleString('en')} indexes of ${FIELDS} fields with aliases, over bare parallel PUTs of the same bodies`,
    figure: `${spread(ratios)}; ${seconds(pairs.map(({ tool }) => tool))} to ${seconds(pairs.map(({ bare }) => bare))}`,
    bar: 'at most 1.30',
    pass: median(ratios) <= 1.3,
  }
}

function sampleIndexes(): Put[] {
  const types = ['keyword', 'text', 'long', 'date', 'boolean']
  const properties = Object.fromEntries(
    Array.from({ length: FIELDS }, (_, at) => [`field_${at}`, { type: types[at % types.length] }]),
  )
  return Array.from({ length: INDEXES }, (_, at) => ({
    path: `/bench-${String(at).padStart(4, '0')}`,
    body: JSON.stringify({
      settings: { index: { number_of_shards: 1, number_of_replicas: 0 } },
      mappings: { properties },
      aliases: { [`alias-${at}`]: { filter: { term: { field_0: `v${at}` } } } },
    }),
  }))
}

/** Puts with as many open requests as the tool has by default; answers how long all of it took, in milliseconds. */
async function putAll({ url }: Engine, puts: Put[]): Promise<number> {
  const pool = new Pool(url, { connections: WIDTH })
  const left = [...puts]
  const started = performance.now()
  const worker = async () => {
    for (let put = left.shift(); put; put = left.shift()) {
      const headers = { 'content-type': 'application/json' }
      const { statusCode, body } = await pool.request({ method: 'PUT', headers, ...put })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`PUT ${put.path}: ${text}`)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
  const took = performance.now() - started
  await pool.close()
  return took
}

/** Migrates once with the tool alone, and keeps what it sends. */
async function recordPuts(source: Engine, target: Engine): Promise<Put[]> {
  const puts: Put[] = []
  const real = clusterConnector({ allowLoopback: true })
  const recording: ClusterConnector = {
    connect(connection) {
      const client = real.connect(connection)
      return {
        ...client,
        send(request) {
          if (request.method === 'PUT') puts.push({ path: request.path, body: String(request.body) })
          return client.send(request)
        },
      }
    },
  }
  const connection = (role: 'source' | 'target', { url }: Engine) => ({
    role,
    endpoint: url,
    credentials: { type: 'none' as const },
  })
  const ends = { source: connection('source', source), target: connection('target', target) }
  const assignment = { dryRun: false, params: {}, ...ends }
  await runMetadata(assignment, silent, new AbortController().signal, recording)
  if (puts.length !== INDEXES) throw new Error(`expected ${INDEXES} PUTs, found ${puts.length}`)
  return puts
}

type Call = (method: string, path: string, body?: object) => Promise<Answer>
type Answer = { status: string; run: { startedAt: string; finishedAt: string } }

async function openSession(call: Call, source: Engine, target: Engine) {
  const cluster = ({ url }: Engine) => ({ endpoint: url, auth: { type: 'none' } })
  await call('POST', '/sessions', { name: 'bench' })
  await call('PUT', '/sessions/bench/config', { source: cluster(source), target: cluster(target) })
}

/** A migration through the API, from the start of its job to its proven end. */
async function runOfProduct(call: Call): Promise<number> {
  await call('POST', '/sessions/bench/metadata/start', { dryRun: false })
  for (;;) {
    await sleep(250)
    const { status, run } = await call('GET', '/sessions/bench/metadata/latest_status')
    if (status === 'Completed') return Date.parse(run.finishedAt) - Date.parse(run.startedAt)
    if (status !== 'Pending' && status !== 'Running') throw new Error(`the run is ${status}`)
  }
}

function caller(url: string, token: string): Call {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': '*' }
  return async (method, path, body) => {
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Answer // only the status is read, and it has this shape
  }
}

async function clear({ url }: Engine) {
  const response = await fetch(`${url}/bench-*`, { method: 'DELETE' })
  if (!response.ok) throw new Error(`cannot clear ${url}: ${await response.text()}`)
  // Files are removed behind the answer; whoever comes next is not to pay for that.
  await sleep(5_000)
}
