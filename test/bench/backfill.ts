// Documents end to end: a real Elasticsearch 7.10.2 snapshot into a real OpenSearch 2.19, by the worker, by a bare bulk
// loader with the same bodies in memory, by _reindex from remote and by elasticdump; in turn, in one run, on one target.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, startEngine } from '../rigs/engine.ts'
import { ask } from '../tools/snapshot/source-engine.ts'
import { sampleMapping } from './documents.ts'
import { dumpWith, installElasticdump } from './elasticdump.ts'
import { startProcess } from './lab.ts'
import type { LoaderTask } from './loader-process.ts'
import { median, type Row, spread } from './measure.ts'
import { benchSource, type Source } from './source.ts'
import { runWorker } from './worker.ts'

const ROUNDS = 3
/** What a plan has where nothing is said. */
const CONNECTIONS = 4
const DUMPED = 20_000

/** Sets one field, as most transforms do. */
const transform = {
  name: 'stamp',
  code: '(item) => { item.source.migrated = true; return item }',
}

export async function measureBackfill(): Promise<Row[]> {
  const source = await benchSource()
  const settings = { 'reindex.remote.allowlist': '127.0.0.1:*' }
  const target = await startEngine('os2', { settings, heapMb: 1_024 })
  const loader = startProcess('loader-process.ts')
  try {
    const { repository, snapshot, index } = source
    await loader.ask<number>({ kind: 'prepare', repository, snapshot, index } satisfies LoaderTask)
    const load = { kind: 'load', url: target.url, index, connections: CONNECTIONS } satisfies LoaderTask
    const worker = (plan: object) => async () =>
      (await runWorker(configOf(source, target, plan), source.documents)).tookMs
    const times = await inTurn(target, source, {
      worker: worker({}),
      bare: () => loader.ask<number>(load),
      transformed: worker({ transforms: [transform] }),
    })
    loader.stop()
    return [...rowsOf(source, times), ...(await others(source, target, median(times.worker)))]
  } finally {
    loader.stop()
    await target.stop()
  }
}

const configOf = ({ repository, snapshot }: Source, { url }: Engine, plan: object) => ({
  repository: { type: 'fs', path: repository },
  snapshot,
  target: { endpoint: url },
  plan,
})

type Times = Record<'worker' | 'bare' | 'transformed', number[]>

/** The first round is not counted: it warms the target. */
async function inTurn(
  target: Engine,
  source: Source,
  work: Record<keyof Times, () => Promise<number>>,
): Promise<Times> {
  const times: Times = { worker: [], bare: [], transformed: [] }
  const names = ['worker', 'bare', 'transformed'] as const
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of round % 2 ? names : names.toReversed()) {
      await empty(target, source)
      const took = await work[name]()
      if (round > 0) times[name].push(took)
      console.error(`round ${round}: ${name} took ${Math.round(took)} ms`)
      await expectAll(target, source.index, source.documents)
    }
  }
  return times
}

function rowsOf(source: Source, { worker, bare, transformed }: Times): Row[] {
  const over = (one: number[], other: number[]) => one.map((took, at) => took / (other[at] ?? Number.NaN))
  const rate = (took: number[]) => perSecond(source.documents, median(took))
  const ratios = over(bare, worker)
  const costs = over(transformed, worker).map((ratio) => 100 * (ratio - 1))
  const what = `${source.documents.toLocaleString('en')} documents of ${Math.round(source.bytes / source.documents)} bytes`
  return [
    {
      name: `backfill: ${what}, Elasticsearch 7.10 snapshot to OpenSearch 2.19, over a bare bulk loader with the same bodies in memory`,
      figure: `${spread(ratios)}; ${rate(worker)} to ${rate(bare)}`,
      bar: 'at least 0.90',
      pass: median(ratios) >= 0.9,
    },
    {
      name: 'backfill: cost of a JavaScript transform that sets one field',
      figure: `${spread(costs, 0)} %; ${rate(transformed)}`,
      bar: 'at most 15 %',
      pass: median(costs) <= 15,
    },
  ]
}

/** The peers that a user would take otherwise, once each: they are several times slower. */
async function others(source: Source, target: Engine, workerMs: number): Promise<Row[]> {
  const ours = (1_000 * source.documents) / workerMs
  await empty(target, source)
  const started = performance.now()
  await ask(target.url, 'POST', '/_reindex?refresh=true', {
    source: { remote: { host: source.engine.url }, index: source.index },
    dest: { index: source.index },
  })
  const reindex = (1_000 * source.documents) / (performance.now() - started)
  await expectAll(target, source.index, source.documents)
  const rows = [ahead('_reindex from remote', ours, reindex)]
  const dump = await installElasticdump()
  if (dump === null) return rows
  await empty(target, source)
  const dumped = (1_000 * DUMPED) / (await dumpWith(dump, { source, target: target.url, documents: DUMPED }))
  await expectAll(target, source.index, DUMPED)
  return [...rows, ahead(`elasticdump ${dump.version}, its best of several batch sizes`, ours, dumped)]
}

function ahead(name: string, ours: number, theirs: number): Row {
  return {
    name: `backfill: documents a second, over ${name}`,
    figure: `${(ours / theirs).toFixed(1)}; ${Math.round(ours).toLocaleString('en')} to ${Math.round(theirs).toLocaleString('en')}`,
    bar: 'above 1',
    pass: ours > theirs,
  }
}

const perSecond = (documents: number, ms: number) =>
  `${Math.round((1_000 * documents) / ms).toLocaleString('en')} documents/s`

async function empty({ url }: Engine, { index }: Source): Promise<void> {
  await fetch(`${url}/${index}`, { method: 'DELETE' })
  // Files are removed behind the answer; whoever comes next is not to pay for that.
  await sleep(2_000)
  await ask(url, 'PUT', `/${index}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
    mappings: sampleMapping,
  })
}

async function expectAll({ url }: Engine, index: string, expected: number): Promise<void> {
  await ask(url, 'POST', `/${index}/_refresh`)
  const { count } = await ask<{ count: number }>(url, 'GET', `/${index}/_count`)
  if (count !== expected) throw new Error(`the target has ${count} documents of ${expected}`)
}
