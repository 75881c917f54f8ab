// A backfill of 100,000 work items: what its status call takes, and what a lease takes while 50 workers ask for them.
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase, startProcess } from './lab.ts'
import { median, ms, percentile, type Row } from './measure.ts'
import type { ServedRun } from './work-items-server.ts'

const WORKERS = 50
const SECONDS = 20
/** Each worker is done with its item after this and asks for the next: sooner than any real one. */
const ITEM_MS = 500
const STATUS_BAR_MS = 50
const LEASE_BAR_MS = 10

export async function measureWorkItems(): Promise<Row[]> {
  const database = await openDatabase()
  const server = startProcess('work-items-server.ts', [database.url])
  try {
    const served = await server.next<ServedRun>()
    const quiet = await statusTimes(served, 60)
    const stop = Date.now() + SECONDS * 1_000
    const leases: number[] = []
    const workers = Array.from({ length: WORKERS }, (_, n) => askForWork(served, `worker-${n}`, stop, leases))
    const busy = await statusTimes(served, SECONDS, 1_000)
    await Promise.all(workers)
    return [
      status('and nobody asks', quiet),
      status(`while ${WORKERS} workers ask`, busy),
      lease(leases.slice(WORKERS * 2)),
    ]
  } finally {
    server.stop()
    await database.close()
  }
}

function status(when: string, times: number[]): Row {
  return {
    name: `work-items: \`backfill/status\` with 100,000 work items ${when}`,
    figure: `p50 ${ms(median(times))}, p95 ${ms(percentile(times, 0.95))}`,
    bar: `p95 under ${STATUS_BAR_MS} ms`,
    pass: percentile(times, 0.95) < STATUS_BAR_MS,
  }
}

function lease(times: number[]): Row {
  return {
    name: `work-items: a lease with ${WORKERS} workers asking, ${Math.round(times.length / SECONDS)} leases a second`,
    figure: `p50 ${ms(median(times))}, p95 ${ms(percentile(times, 0.95))}`,
    bar: `p50 under ${LEASE_BAR_MS} ms`,
    pass: median(times) < LEASE_BAR_MS,
  }
}

async function statusTimes(
  { api, session, token }: ServedRun,
  count: number,
  pauseMs = 20,
): Promise<number[]> {
  const times: number[] = []
  for (let at = 0; at < count + 5; at++) {
    const started = performance.now()
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${api}/sessions/${session}/backfill/status`, { headers })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`the status is answered ${response.status}: ${text}`)
    if (at >= 5) times.push(performance.now() - started)
    await sleep(pauseMs)
  }
  return times
}

type Leased = { items: { key: string; epoch: number; cursor: object | null; counts: object }[] }

async function askForWork(served: ServedRun, worker: string, stop: number, times: number[]): Promise<void> {
  await sleep(Math.random() * ITEM_MS)
  while (Date.now() < stop) {
    const started = performance.now()
    const answer = (await post(served, 'lease', { worker, max: 1 })) as Leased // the API's own answer
    times.push(performance.now() - started)
    const [item] = answer.items
    if (!item) throw new Error(`no lease: ${JSON.stringify(answer)}`)
    await sleep(ITEM_MS * (0.5 + Math.random()))
    const counts = { written: 10_000, rejected: 0, skipped: 0, bytes: 20_000_000 }
    const held = {
      epoch: item.epoch,
      worker,
      cursor: { doc: 10_000 },
      counts,
      state: { waitingFor: null, concurrency: 4 },
    }
    await post(served, `${encodeURIComponent(item.key)}/complete`, { ...held, expected: 10_000 })
  }
}

async function post({ api, run, runToken }: ServedRun, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${api}/runs/${run}/work-items/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${runToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} is answered ${response.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}
