// A backfill that has no quiet minute: workers, jobs process, API and Postgres are ended as by `kill -9` at random
// moments, each several times. MA_CHAOS_DOCUMENTS and MA_CHAOS_KILLS say how much of it; `npm run chaos` a million and 3.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aDocument, backfillOf, emptyTarget, newName } from '../acceptance/backfill-journey.ts'
import { cluster, givenSession, type Loose } from '../acceptance/journey.ts'
import { hasTime, needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { linesOf } from '../tools/rfs/whole-index.ts'
import { ask, openEngine, takeSnapshot } from '../tools/snapshot/source-engine.ts'
import { sentTo, userOf } from './calls.ts'
import { type Part, type Plane, startPlane } from './plane.ts'

const rigs = await needs('es7', 'os2')
const COUNT = Number(process.env.MA_CHAOS_DOCUMENTS ?? 20_000)
const KILLS = Number(process.env.MA_CHAOS_KILLS ?? 1)
const PARTS: Part[] = ['worker', 'jobs', 'api', 'postgres']
const SECONDS_BETWEEN = COUNT > 100_000 ? 20 : 8
/** So slow that documents are left after the last kill, whatever its moment; then the limit is lifted. */
const RATE = Math.ceil(COUNT / (PARTS.length * KILLS * SECONDS_BETWEEN * 2))
const BULK = 2_000
const MINUTES = 60_000

describe.skipIf(!rigs.available || !hasTime('chaos'))(
  `${COUNT} documents from es7 to os2, each part killed ${KILLS} times`,
  { timeout: 50 * MINUTES, retry: 0 },
  () => {
    const index = newName('chaos')
    let path = ''
    let truth: Set<string>
    let plane: Plane

    beforeAll(async () => {
      truth = await fill(rigs.es7.url, index)
      path = await takeSnapshot(await openEngine(rigs.es7), [index])
      await emptyTarget(rigs.os2, index)
      plane = await startPlane({ repositories: rigs.es7.repo, env: { MA_LOG: 'warn' } })
    }, 30 * MINUTES)
    afterAll(async () => {
      await plane?.close()
      await Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)])
    })

    test('the run ends Completed, and the target holds every document with its id, routing and bytes', async () => {
      const user = userOf(plane)
      const session = newName('chaos')
      await givenSession(user, session, {
        source: cluster(rigs.es7.url),
        target: cluster(rigs.os2.url),
        repositories: { shelf: { type: 'fs', path } },
      })
      const backfill = backfillOf(user, session, { repository: 'shelf', snapshot: 'snap' })
      const started = Date.now()
      await backfill.start({
        selection: { include: [index] },
        workers: 2,
        batchBytes: 262_144,
        splitBytes: 16 << 20,
        rateLimit: { documents: RATE, bytes: null },
      })
      await backfill.written(1)

      const killed = await killAll(plane, backfill.status)
      await again(() => backfill.verb('scale', { rateLimit: null }))
      const status = await backfill.ended(30 * MINUTES)

      const found = await linesOf(rigs.os2.url, index)
      const repeated = (await sentTo(rigs.os2.url, index)) - COUNT
      const seconds = Math.round((Date.now() - started) / 1_000)
      console.log(
        `chaos: ${JSON.stringify({ killed, seconds, repeated, ended: plane.ended, found: found.length })}`,
      )
      expect(status.phase, JSON.stringify(status.run?.error)).toBe('Completed')
      const all = { expected: COUNT, written: COUNT, rejected: 0, skipped: 0 }
      expect(status.indexes[0].documents).toEqual(all)
      expect(found.filter((line) => !truth.has(line)).slice(0, 5)).toEqual([])
      expect(found).toHaveLength(truth.size)
      expect(new Set(found).size).toBe(truth.size)
      // Ten seconds of work for each kill, and no more.
      expect(repeated, 'documents sent twice').toBeLessThanOrEqual(PARTS.length * KILLS * 10 * RATE)
    })
  },
)

/** Kills in an order of chance, at moments of chance; the run is still going on at each. */
async function killAll(plane: Plane, status: () => Promise<Loose>): Promise<Record<string, number>> {
  const left = PARTS.flatMap((part) => Array<Part>(KILLS).fill(part))
  const done: Record<string, number> = { worker: 0, jobs: 0, api: 0, postgres: 0 }
  while (left.length > 0) {
    await sleep(SECONDS_BETWEEN * 1_000 * (0.4 + Math.random() * 0.5))
    const [part = 'worker'] = left.splice(Math.floor(Math.random() * left.length), 1)
    while (!plane.kill(part)) await sleep(100)
    done[part] = (done[part] ?? 0) + 1
    const { phase } = await again(status)
    expect(['Running', 'Planning'], `after the kill of ${part}`).toContain(phase)
  }
  return done
}

/** What was just killed is on its way up. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 60) throw error
      await sleep(500)
    }
  }
}

/** Fills the source, and gives `id|routing|sha256` of what it was sent. */
async function fill(url: string, index: string): Promise<Set<string>> {
  const truth = new Set<string>()
  const settings = { number_of_shards: 3, number_of_replicas: 0, refresh_interval: '30s' }
  await ask(url, 'PUT', `/${index}`, { settings, mappings: { dynamic: false } })
  let next = 0
  const sender = async () => {
    for (let from = next; from < COUNT; from = next) {
      next += BULK
      const lines: string[] = []
      for (let n = from; n < Math.min(from + BULK, COUNT); n++) {
        const { id, body, routing } = aDocument(n)
        lines.push(JSON.stringify({ index: { _id: id, routing } }), String(body))
        truth.add(`${id}|${routing ?? ''}|${createHash('sha256').update(body).digest('hex')}`)
      }
      const text = `${lines.join('\n')}\n`
      const answer = await ask<{ errors: boolean }>(
        url,
        'POST',
        `/${index}/_bulk`,
        text,
        'application/x-ndjson',
      )
      if (answer.errors) throw new Error('the source refuses documents')
    }
  }
  await Promise.all([sender(), sender()])
  await ask(url, 'POST', `/${index}/_flush`)
  return truth
}
