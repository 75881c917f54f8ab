// GET /sessions/{s} with its token check, against a bare route that runs the same statement: in turn, pair by pair.
import type { Served } from './api-server.ts'
import { openDatabase, startProcess } from './lab.ts'
import type { Load, Loaded } from './load.ts'
import { median, ms, percentile, type Row, spread } from './measure.ts'

const PAIRS = 40
const BLOCK_SECONDS = 1
const OFFERED = 300

export async function measureApi(): Promise<Row[]> {
  const database = await openDatabase()
  const server = startProcess('api-server.ts', [database.url])
  const load = startProcess('load.ts')
  try {
    const served = await server.next<Served>()
    const asked = {
      path: `/sessions/${served.session}`,
      headers: { authorization: `Bearer ${served.token}` },
      width: 16,
    }
    const fire = (origin: string, rest: Pick<Load, 'seconds' | 'rate'>) =>
      load.ask<Loaded>({ ...asked, origin, ...rest })
    for (const origin of [served.api, served.bare, served.unnamed]) await fire(origin, { seconds: 3 })
    const block = async (origin: string) => {
      const before = await server.ask<number>({})
      const { perSecond, latenciesMs } = await fire(origin, { seconds: BLOCK_SECONDS })
      const cpuMicros = (await server.ask<number>({})) - before
      return { perSecond, cpuMicros: cpuMicros / latenciesMs.length }
    }
    const pairs = await inTurn(served.api, served.bare, block)
    const unnamed = await inTurn(served.api, served.unnamed, block)
    const offered = await fire(served.api, { seconds: 20, rate: OFFERED })
    return [
      throughput(pairs, 'the same statement'),
      throughput(unnamed, 'the same statement, unnamed as the driver has it by default'),
      processor(pairs),
      latency(offered),
    ]
  } finally {
    load.stop()
    server.stop()
    await database.close()
  }
}

type Block = { perSecond: number; cpuMicros: number }
type Pair = { api: Block; bare: Block }

/** Either goes first in every other pair, so that neither has the quieter moments. */
async function inTurn(api: string, bare: string, fire: (origin: string) => Promise<Block>): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let at = 0; at < PAIRS; at++) {
    if (at % 2) pairs.push({ api: await fire(api), bare: await fire(bare) })
    else {
      const first = await fire(bare)
      pairs.push({ api: await fire(api), bare: first })
    }
  }
  return pairs
}

function throughput(pairs: Pair[], peer: string): Row {
  const ratios = pairs.map(({ api, bare }) => api.perSecond / bare.perSecond)
  const ours = median(pairs.map(({ api }) => api.perSecond))
  const theirs = median(pairs.map(({ bare }) => bare.perSecond))
  return {
    name: `api: throughput of \`GET /sessions/{s}\`, over that of a bare route with ${peer}`,
    figure: `${spread(ratios)}; ${ours.toFixed(0)} to ${theirs.toFixed(0)} a second`,
    bar: 'at least 0.90',
    pass: median(ratios) >= 0.9,
  }
}

function processor(pairs: Pair[]): Row {
  const ours = median(pairs.map(({ api }) => api.cpuMicros))
  const theirs = median(pairs.map(({ bare }) => bare.cpuMicros))
  return {
    name: 'api: processor time of the API process for one request, beside that of the bare route',
    figure: `${ours.toFixed(0)} µs to ${theirs.toFixed(0)} µs`,
    bar: 'none',
    pass: null,
  }
}

function latency({ latenciesMs }: Loaded): Row {
  const p99 = percentile(latenciesMs, 0.99)
  return {
    name: `api: time to answer at ${OFFERED} requests a second offered`,
    figure: `p50 ${ms(median(latenciesMs))}, p99 ${ms(p99)}`,
    bar: 'p99 under 25 ms',
    pass: p99 < 25,
  }
}
