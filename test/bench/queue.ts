// From the request that sends a job to the moment the job works, and from an event to the streams that show it.
import { setTimeout as sleep } from 'node:timers/promises'
import { createApi, listen } from '../../serve/parts/api.ts'
import { listenForEvents } from '../../serve/parts/bell.ts'
import type { Context } from '../../serve/parts/context.ts'
import { startJobs } from '../../serve/parts/jobs-process.ts'
import { createMetrics } from '../../serve/parts/metrics.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { openStream } from '../acceptance/event-stream.ts'
import { makeToken, openBenchContext, openDatabase } from './lab.ts'
import { median, ms, percentile, type Row } from './measure.ts'

const RUNS = 30
const EVENTS = 200
const STREAMS = 10

/** Send to job start. The clusters answer at nobody's port, so each run ends soon after it began. */
export const measureJobs = () =>
  withDoor(async ({ db }, call) => {
    for (let at = 0; at < RUNS; at++) {
      const name = `run-${at}`
      await call('POST', '/sessions', { name })
      const cluster = (port: number) => ({ endpoint: `http://127.0.0.1:${port}`, auth: { type: 'none' } })
      await call('PUT', `/sessions/${name}/config`, { source: cluster(9), target: cluster(19) })
      await call('POST', `/sessions/${name}/metadata/start`, { dryRun: true })
      await sleep(100 + 20 * (at % 7))
    }
    const waits = async () =>
      (
        await db.query<{ ms: number | null }>(
          `select (extract(epoch from started_at - created_at) * 1000)::float8 as ms from run`,
        )
      ).rows.map((row) => row.ms)
    for (let tries = 0; (await waits()).includes(null) && tries < 100; tries++) await sleep(100)
    const found = (await waits()).filter((wait) => wait !== null)
    if (found.length !== RUNS) throw new Error(`${RUNS - found.length} runs never started`)
    const p50 = median(found)
    return {
      name: `jobs: from the request to the start of its job (${RUNS} runs)`,
      figure: `p50 ${ms(p50)}, p95 ${ms(percentile(found, 0.95))}`,
      bar: 'p50 under 50 ms',
      pass: p50 < 50,
    }
  })

/** Event to stream, measured from before its transaction begins, so the commit itself is counted too. */
export const measureEvents = () =>
  withDoor(async ({ db }, call, product) => {
    const { id: sessionId } = await call('POST', '/sessions', { name: 'watched' })
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, () => openStream({ product }, 'watched')),
    )
    const begun: number[] = []
    const reading = Promise.all(
      streams.map((stream) => stream.until(({ data }) => data.number === EVENTS - 1)),
    )
    for (let number = 0; number < EVENTS; number++) {
      begun.push(Date.now())
      const event = { runId: null, type: 'bench', data: { number }, actor: null, requestId: null }
      await db.transaction((tx) => appendEvent(tx, { sessionId, ...event }))
      await sleep(5 + (number % 11) * 5)
    }
    const late = (await reading).flat().map(({ data, receivedAt }) => receivedAt - (begun[data.number] ?? 0))
    await Promise.all(streams.map((stream) => stream.close()))
    const p95 = percentile(late, 0.95)
    return {
      name: `events: from the event to ${STREAMS} streams that show it (${EVENTS} events)`,
      figure: `p50 ${ms(median(late))}, p95 ${ms(p95)}`,
      bar: 'p95 under 200 ms',
      pass: p95 < 200,
    }
  })

type Call = (method: string, path: string, body: object) => Promise<{ id: string }>
type Product = { url: string; adminToken: string }

/** API and jobs over one database, as the local door runs them. */
async function withDoor(
  measure: (context: Context, call: Call, product: Product) => Promise<Row>,
): Promise<Row[]> {
  const database = await openDatabase()
  const context = await openBenchContext(database.url)
  const bell = listenForEvents(database.url, context.log)
  const jobs = await startJobs(context, () => '')
  const app = createApi(context, { bell, metrics: createMetrics(true) })
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  const product = { url: `http://127.0.0.1:${server.port}`, adminToken: await makeToken(context) }
  try {
    return [await measure(context, caller(product), product)]
  } finally {
    await server.close()
    await bell.close()
    await jobs.stop()
    await context.close()
    await database.close()
  }
}

function caller({ url, adminToken }: Product): Call {
  const headers = {
    authorization: `Bearer ${adminToken}`,
    'content-type': 'application/json',
    'if-match': '*',
  }
  return async (method, path, body) => {
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as { id: string } // every one of these answers has an id, or it is not used
  }
}
