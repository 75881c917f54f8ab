// A full comparison of snapshot and target by one worker, against reading the target alone by the same slices of a point
// in time. In turn, in one run, on one OpenSearch 2.19: with processors of its own, and sharing them with the worker.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { toolFlags } from '../../serve/parts/processes.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { ValidatePlan } from '../../shared/domain/validate.ts'
import type { PlannedItem } from '../../shared/domain/work-item.ts'
import { openBlobs } from '../../tools/snapshot/open-blobs.ts'
import { openRepository } from '../../tools/snapshot/repository.ts'
import { planComparison } from '../../tools/validate/plan.ts'
import type { Subject } from '../../tools/validate/subjects.ts'
import { type Engine, startEngine } from '../rigs/engine.ts'
import type { CompareAnswer, CompareTask } from './compare-process.ts'
import { median, type Row, spread } from './measure.ts'

const DOCUMENTS = Number(process.env.MA_BENCH_DOCUMENTS ?? 1_000_000)
const BYTES = 2_400
const SHARDS = 2
const ROUNDS = 3
const INDEX = 'bench'

export async function measureCompare(): Promise<Row[]> {
  const engine = await startEngine('os2', { heapMb: 768 })
  try {
    const repository = await fill(engine)
    const items = await planItems(engine, repository)
    const task = { target: engine.url, repository, snapshot: 'snap' }
    const onTarget = items.filter(({ spec }) => spec.side === 'target')
    const round = async (place: Place): Promise<Round> => {
      await confine(engine.pid, place.engine)
      const bare = await run({ ...task, mode: 'bare', items: onTarget }, place.worker)
      const compared = await run({ ...task, mode: 'compare', items }, place.worker)
      if (compared.documents !== 2 * DOCUMENTS || bare.documents !== DOCUMENTS)
        throw new Error(`not all documents were read: ${compared.documents}, ${bare.documents}`)
      const { seconds, memoryMb } = compared
      console.error(`${JSON.stringify({ ...place, compared: seconds, bare: bare.seconds, memoryMb })}`)
      return { compared: seconds, bare: bare.seconds, memoryMb }
    }
    await round(shared)
    const rounds: { apart: Round[]; shared: Round[] } = { apart: [], shared: [] }
    for (let at = 0; at < ROUNDS; at++) {
      rounds.apart.push(await round(apart))
      rounds.shared.push(await round(shared))
    }
    return rowsOf(rounds)
  } finally {
    await engine.stop()
  }
}

/** Seconds, and the largest memory of the worker. */
type Round = { compared: number; bare: number; memoryMb: number }
/** Lists of processors, as `taskset` takes them. */
type Place = { engine: string; worker: string }

const cores = availableParallelism()
const half = Math.max(1, Math.floor(cores / 2))
/** A target has machines of its own, so that it and whoever reads it do not take from each other. */
const apart: Place = { engine: `0-${half - 1}`, worker: `${Math.min(half, cores - 1)}-${cores - 1}` }
const shared: Place = { engine: `0-${cores - 1}`, worker: `0-${cores - 1}` }

/** All threads that it has, and by them all that it will have. */
async function confine(pid: number, processors: string): Promise<void> {
  await promisify(execFile)('taskset', ['-a', '-c', '-p', processors, String(pid)])
}

function rowsOf({ apart, shared }: { apart: Round[]; shared: Round[] }): Row[] {
  const memory = Math.max(...[...apart, ...shared].map(({ memoryMb }) => memoryMb))
  const ratios = (rounds: Round[]) => rounds.map(({ compared, bare }) => bare / compared)
  const figure = (rounds: Round[]) => {
    const rate = (of: 'compared' | 'bare') =>
      Math.round(DOCUMENTS / median(rounds.map((round) => round[of]))).toLocaleString('en')
    return `${spread(ratios(rounds))}; ${rate('compared')} to ${rate('bare')} documents a second`
  }
  const what = `compare: ${DOCUMENTS.toLocaleString('en')} documents of 2.4 KB on both sides, over reading the target alone`
  return [
    {
      name: `${what}; the target has processors of its own`,
      figure: figure(apart),
      bar: 'at least 0.80',
      pass: median(ratios(apart)) >= 0.8,
    },
    {
      name: `${what}; target and worker share all processors`,
      figure: figure(shared),
      bar: '',
      pass: null,
    },
    {
      name: 'compare: the largest memory of a worker',
      figure: `${Math.round(memory)} MB`,
      bar: 'under 200 MB',
      pass: memory < 200,
    },
  ]
}

async function run(task: CompareTask, processors: string): Promise<CompareAnswer> {
  const command = [process.execPath, ...toolFlags, join(import.meta.dirname, 'compare-process.ts')]
  const child = spawn('taskset', ['-c', processors, ...command], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(task))
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()) as CompareAnswer // what the process above writes
}

async function ask(url: string, method: string, path: string, body?: unknown): Promise<void> {
  const sent = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body)
  const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
  const response = await fetch(url + path, { method, headers: { 'content-type': type }, body: sent })
  const text = await response.text()
  if (response.status > 299 || text.includes('"errors":true'))
    throw new Error(`${path}: ${text.slice(0, 300)}`)
}

/** Documents that compress about as badly as real ones; gives the folder of their snapshot. */
async function fill({ url, repo }: Engine): Promise<string> {
  const properties = { n: { type: 'long' } }
  await ask(url, 'PUT', `/${INDEX}`, {
    settings: {
      number_of_shards: SHARDS,
      number_of_replicas: 0,
      refresh_interval: '-1',
      'translog.durability': 'async',
    },
    mappings: { dynamic: false, properties },
  })
  const words = Array.from({ length: 2_000 }, () => randomBytes(5).toString('hex'))
  for (let at = 0; at < DOCUMENTS; at += 4_000) {
    const lines: string[] = []
    for (let i = at; i < Math.min(DOCUMENTS, at + 4_000); i++)
      lines.push(`{"index":{"_id":"id-${i}"}}`, JSON.stringify(aDocument(i, words)))
    await ask(url, 'POST', `/${INDEX}/_bulk`, `${lines.join('\n')}\n`)
  }
  await ask(url, 'POST', `/${INDEX}/_flush`)
  const location = join(repo, 'bench')
  await mkdir(location, { recursive: true })
  await ask(url, 'PUT', '/_snapshot/bench', {
    type: 'fs',
    settings: { location, max_snapshot_bytes_per_sec: '1gb' },
  })
  await ask(url, 'PUT', '/_snapshot/bench/snap?wait_for_completion=true', { indices: INDEX })
  return location
}

/** A dozen members, a few of them nested, most of the bytes in text. */
function aDocument(i: number, words: string[]) {
  const text = (from: number, length: number) => {
    let out = ''
    for (let at = from; out.length < length; at += 7) out += `${words[at % words.length]} `
    return out
  }
  return {
    timestamp: `2026-01-01T00:00:${String(i % 60).padStart(2, '0')}.000Z`,
    n: i,
    price: i / 100,
    tags: [words[i % 2_000], words[(i * 3) % 2_000]],
    customer: { id: `c-${i % 10_000}`, name: text(i, 40), address: { city: words[i % 50], zip: i % 99_999 } },
    lines: Array.from({ length: 4 }, (_, n) => ({
      sku: `s-${(i + n) % 5_000}`,
      quantity: n + 1,
      price: 1.5 * n,
    })),
    body: text(i * 13, BYTES - 700),
  }
}

async function planItems({ url }: Engine, path: string): Promise<PlannedItem[]> {
  const signal = new AbortController().signal
  const connection = { role: 'target' as const, endpoint: url, credentials: { type: 'none' as const } }
  const target = clusterConnector({ allowLoopback: true }).connect(connection)
  const access = { type: 'fs' as const, path }
  const repository = await openRepository(await openBlobs(access), signal)
  const items: PlannedItem[] = []
  const workItems = {
    plan: async (_: unknown, some: PlannedItem[]) => void items.push(...some),
  } as unknown as Parameters<typeof planComparison>[0]['workItems'] // a plan only plans
  const subject = { name: INDEX, targetName: INDEX, target: { open: true }, inSnapshot: true } as Subject // as far as a plan looks
  const report = { item() {}, issue() {}, log() {}, progress() {}, artifact: async () => {} }
  const plan = v.parse(ValidatePlan, {})
  const assignment = { plan } as Parameters<typeof planComparison>[0]['assignment'] // nor does it look further
  const snapshot = await repository.snapshot('snap', signal)
  await planComparison({ assignment, workItems, report, target }, { repository, snapshot }, [subject], signal)
  await Promise.all([repository.close(), target.close()])
  return items
}
