// The load generator, a process of its own: as fast as the server answers, or at a rate that does not wait for it.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

export type Load = {
  origin: string
  path: string
  headers: Record<string, string>
  seconds: number
  /** How many requests are open at a time; with `rate`, how many connections. */
  width: number
  /** Requests a second, offered whether or not earlier ones were answered. */
  rate?: number
}
export type Loaded = { perSecond: number; latenciesMs: number[] }

const pools = new Map<string, Pool>()

async function run(load: Load): Promise<Loaded> {
  const pool = pools.get(load.origin) ?? new Pool(load.origin, { connections: load.width, pipelining: 1 })
  pools.set(load.origin, pool)
  const latenciesMs: number[] = []
  const once = async (due: number) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path: load.path, headers: load.headers })
    await body.dump()
    if (statusCode !== 200) throw new Error(`${load.origin}${load.path} answered ${statusCode}`)
    latenciesMs.push(performance.now() - due)
  }
  const started = performance.now()
  await (load.rate === undefined ? closed(load, once) : open(load, load.rate, once))
  return { perSecond: (latenciesMs.length / (performance.now() - started)) * 1_000, latenciesMs }
}

/** Each of `width` clients asks again when it is answered. */
async function closed({ width, seconds }: Load, once: (due: number) => Promise<void>) {
  const until = performance.now() + seconds * 1_000
  const client = async () => {
    while (performance.now() < until) await once(performance.now())
  }
  await Promise.all(Array.from({ length: width }, client))
}

/** A request is due at its time; one that starts late is measured from when it was due. */
async function open({ seconds }: Load, rate: number, once: (due: number) => Promise<void>) {
  const started = performance.now()
  const running: Promise<void>[] = []
  for (let at = 0; at < rate * seconds; at++) {
    const due = started + (at * 1_000) / rate
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    running.push(once(due))
  }
  await Promise.all(running)
}

process.on('message', async (load: Load) => process.send?.(await run(load)))
