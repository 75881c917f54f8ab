// What a worker needs: one segment of hundreds of megabytes, and documents of almost 50 MB, with limits as they are.
import { type Engine, startEngine } from '../rigs/engine.ts'
import { ask, noise, openEngine, takeSnapshot } from '../tools/snapshot/source-engine.ts'
import { sampleMapping } from './documents.ts'
import type { Row } from './measure.ts'
import { benchSource } from './source.ts'
import { runWorker } from './worker.ts'

const BAR = 300_000_000
const HUGE = 6
const HUGE_BYTES = (50 << 20) - 1_000
const TOO_LARGE = 2

export async function measureMemory(): Promise<Row[]> {
  const source = await benchSource()
  await ask(source.engine.url, 'POST', `/${source.index}/_forcemerge?max_num_segments=1&flush=true`)
  const huge = await makeHuge(source.engine)
  const merged = await takeSnapshot(await openEngine(source.engine), [source.index])
  const target = await startEngine('os2', { heapMb: 2_048 })
  try {
    const peaks = {
      segment: await peakOf(target, merged, source.index, source.documents),
      huge: await peakOf(target, huge, 'huge', HUGE + TOO_LARGE, TOO_LARGE),
    }
    const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
    return [
      row(`one segment of ${mb(source.bytes)}`, peaks.segment, mb),
      row(
        `${HUGE} documents of ${mb(HUGE_BYTES)}, and ${TOO_LARGE} larger ones that are rejected`,
        peaks.huge,
        mb,
      ),
    ]
  } finally {
    await target.stop()
  }
}

function row(what: string, peak: number | null, mb: (bytes: number) => string): Row {
  return {
    name: `memory: most that a worker ever has, ${what}`,
    figure: peak === null ? 'not told by this system' : mb(peak),
    bar: `under ${mb(BAR)}`,
    pass: peak === null ? null : peak < BAR,
  }
}

async function peakOf(target: Engine, repository: string, index: string, expected: number, rejected = 0) {
  const mappings = index === 'huge' ? { enabled: false } : sampleMapping
  await ask(target.url, 'PUT', `/${index}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings,
  })
  const config = {
    repository: { type: 'fs', path: repository },
    snapshot: 'snap',
    target: { endpoint: target.url },
  }
  const run = await runWorker(config, expected)
  if (run.rejected !== rejected) throw new Error(`${run.rejected} documents were rejected, not ${rejected}`)
  return run.peakBytes
}

async function makeHuge(source: Engine): Promise<string> {
  await ask(source.url, 'PUT', '/huge', {
    settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
    mappings: { enabled: false },
  })
  const text = noise(1, 1 << 20).repeat(51)
  for (let n = 0; n < HUGE + TOO_LARGE; n++) {
    const length = n < HUGE ? HUGE_BYTES : (50 << 20) + 1_000
    await ask(source.url, 'PUT', `/huge/_doc/${n}`, `{"text":"${text.slice(n, n + length - 11)}"}`)
  }
  await ask(source.url, 'POST', '/huge/_flush')
  return takeSnapshot(await openEngine(source), ['huge'])
}
