// Everything that a preflight asks of a cluster with 1,000 indexes and their snapshot: the tool alone, on Elasticsearch
// 7.10 and OpenSearch 2.19.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { type ValidateAssignment, ValidatePlan } from '../../shared/domain/validate.ts'
import { runValidate } from '../../tools/validate/run.ts'
import { type Engine, startEngine } from '../rigs/engine.ts'
import { type Row, spread } from './measure.ts'

const INDEXES = 1_000
const ROUNDS = 2
const settings = { 'cluster.max_shards_per_node': '5000', 'action.destructive_requires_name': 'false' }

export async function measurePreflight(): Promise<Row[]> {
  const [source, target] = await Promise.all([
    startEngine('es7', { settings, heapMb: 768 }),
    startEngine('os2', { settings, heapMb: 768 }),
  ])
  try {
    const path = await fill(source)
    const seconds: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      const { counts } = await runValidate(assignmentOf(source, target, path), silent, signal, outside)
      seconds.push((performance.now() - started) / 1_000)
      console.error(`round ${round + 1}: ${seconds.at(-1)?.toFixed(1)} s, ${JSON.stringify(counts)}`)
      if (counts.fail + counts.unknown > 0)
        throw new Error(`the preflight did not pass: ${JSON.stringify(counts)}`)
    }
    return [
      {
        name: `preflight: ${INDEXES.toLocaleString('en')} indexes and their snapshot`,
        figure: `${spread(seconds, 1)} s`,
        bar: 'under 30 s',
        pass: Math.max(...seconds) < 30,
      },
    ]
  } finally {
    await Promise.all([source.stop(), target.stop()])
  }
}

const { signal } = new AbortController()
const outside = {
  connector: clusterConnector({ allowLoopback: true }),
  readFile: () => Promise.reject(new Error('no backfill left a file')),
}
const silent = {
  progress() {},
  item() {},
  issue() {},
  log() {},
  async artifact(_name: string, _mediaType: string, content: AsyncIterable<Uint8Array>) {
    for await (const _ of content);
  },
}

function assignmentOf(source: Engine, target: Engine, path: string): ValidateAssignment {
  const credentials = { type: 'none' as const }
  const repository = { type: 'fs' as const, path }
  return {
    run: { id: 'bench', sessionId: 'bench' },
    checks: ['preflight'],
    plan: v.parse(ValidatePlan, { selection: { include: ['bench-*'] } }),
    source: { role: 'source', endpoint: source.url, credentials },
    target: { role: 'target', endpoint: target.url, credentials },
    snapshot: { repository, name: 'snap' },
    repositories: [{ name: 'bench', repository, access: repository }],
    backfill: null,
    metadata: {},
    expiresAt: null,
  }
}

async function ask(url: string, method: string, path: string, body?: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
}

/** Indexes of 20 fields and a document each; gives the folder of their snapshot. */
async function fill({ url, repo }: Engine): Promise<string> {
  const types = ['keyword', 'text', 'long', 'date', 'boolean']
  const properties = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`field_${at}`, { type: types[at % types.length] }]),
  )
  const left = Array.from({ length: INDEXES }, (_, at) => `bench-${String(at).padStart(4, '0')}`)
  const worker = async () => {
    for (let name = left.shift(); name; name = left.shift()) {
      const index = { settings: { number_of_shards: 1, number_of_replicas: 0 }, mappings: { properties } }
      await ask(url, 'PUT', `/${name}`, { ...index, aliases: { [`${name}-alias`]: {} } })
      await ask(url, 'PUT', `/${name}/_doc/1`, { field_0: name })
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  const location = join(repo, 'bench')
  await mkdir(location, { recursive: true })
  await ask(url, 'PUT', '/_snapshot/bench', { type: 'fs', settings: { location } })
  await ask(url, 'PUT', '/_snapshot/bench/snap?wait_for_completion=true', { indices: 'bench-*' })
  return location
}
