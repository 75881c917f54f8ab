// Each named place of a heavy run where a process may die, with `kill -9` at it: the run goes on, ends Completed, every
// document is there with its bytes, and little is sent twice.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failpoint } from '../../shared/domain/failpoint.ts'
import {
  aDocument,
  backfillOf,
  emptyTarget,
  fillShelf,
  lacking,
  newName,
  truthOf,
} from '../acceptance/backfill-journey.ts'
import { cluster, givenSession } from '../acceptance/journey.ts'
import { hasTime, needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { openEngine, takeSnapshot } from '../tools/snapshot/source-engine.ts'
import { sentTo, userOf } from './calls.ts'
import { startPlane } from './plane.ts'

const rigs = await needs('es7', 'os2')
const COUNT = 2_000
const BATCH_BYTES = 16_384
const CONCURRENCY = 2
/** Documents a second, so that ten seconds of repeated work can be told. */
const RATE = 1_500
/** As many as one batch of the smallest documents can hold, in all requests of both items of a worker. */
const WINDOW = Math.ceil(BATCH_BYTES / aDocument(0).body.length) * (CONCURRENCY + 1) * 2

const points: [point: Failpoint, detail: string][] = [
  ['worker.leased', ''],
  ['worker.sent', ''],
  ['worker.acknowledged', ''],
  ['worker.failed-kept', ''],
  ['worker.completing', ''],
  ['engine.opened', ''],
  ['engine.started', ''],
  ['engine.phase', ''],
  ['engine.result', ''],
  ['api.committed', '/backfill/start'],
  ['api.committed', '/work-items/lease'],
  ['api.committed', '/complete'],
  ['api.committed', '/result'],
]

describe.skipIf(!rigs.available || !hasTime('kill -9 at every failpoint'))(
  'kill -9 at every failpoint',
  { timeout: 300_000 },
  () => {
    const index = newName('points')
    let path = ''
    let truth: string[] = []

    beforeAll(async () => {
      truth = truthOf(await fillShelf(rigs.es7, index, COUNT))
      path = await takeSnapshot(await openEngine(rigs.es7), [index])
    })
    afterAll(() => Promise.all([wipe(rigs.es7, index), wipe(rigs.os2, index)]))

    test.each(points)('%s %s', async (point, detail) => {
      // Only one place asks for documents that the target refuses: here those whose number is no byte.
      const refuses = point === 'worker.failed-kept'
      await emptyTarget(rigs.os2, index, refuses ? { n: { type: 'byte' } } : {})
      const wanted = refuses ? truth.filter((line) => Number(/^id-(\d+)/.exec(line)?.[1]) < 128) : truth
      const folder = await mkdtemp(join(tmpdir(), 'ma-point-'))
      const marker = join(folder, 'reached')
      const env = { MA_FAILPOINT: `${point}${detail === '' ? '' : `:${detail}`}@${marker}` }
      const plane = await startPlane({ repositories: rigs.es7.repo, env })
      try {
        const user = userOf(plane)
        const session = newName('point')
        await givenSession(user, session, {
          source: cluster(rigs.es7.url),
          target: cluster(rigs.os2.url),
          repositories: { shelf: { type: 'fs', path } },
        })
        const backfill = backfillOf(user, session, { repository: 'shelf', snapshot: 'snap' })
        const plan = {
          selection: { include: [index] },
          batchBytes: BATCH_BYTES,
          concurrency: CONCURRENCY,
          rateLimit: { documents: RATE, bytes: null },
        }
        await backfill.start(plan).catch((error: unknown) => {
          // The answer may be what is lost; the run is there all the same.
          if (detail !== '/backfill/start') throw error
        })

        const status = await backfill.ended()

        expect(existsSync(marker), 'the failpoint was reached').toBe(true)
        expect(status.phase, JSON.stringify(status.run?.error)).toBe(
          refuses ? 'CompletedWithErrors' : 'Completed',
        )
        expect(status.indexes[0].documents).toEqual({
          expected: truth.length,
          written: wanted.length,
          rejected: truth.length - wanted.length,
          skipped: 0,
        })
        expect(await lacking(rigs.os2, index, wanted)).toEqual({
          missing: [],
          unknown: [],
          count: wanted.length,
        })
        expect(
          (await sentTo(rigs.os2.url, index)) - truth.length,
          'documents sent twice',
        ).toBeLessThanOrEqual(WINDOW)
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}\n${plane.lastLines()}`, {
          cause: error,
        })
      } finally {
        await plane.close()
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
)
