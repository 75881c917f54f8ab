import { expect, test } from 'vitest'
import type { JobContext } from '../../jobs/job.ts'
import runTick from '../../jobs/run-tick.ts'
import { insertRun } from '../../shared/db/runs.ts'
import { givenSession, startApp, twoClusters } from '../harness/app.ts'

test('two ticks of one run at once are one: the second leaves it to the first, which queues the next', async () => {
  const { db, ...api } = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders', twoClusters)
  const { id: runId } = await insertRun(db, {
    sessionId,
    action: 'backfill',
    params: { plan: {} },
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
    workers: 1,
    knobs: { batchBytes: 1_000_000, concurrency: 4, rateLimit: null },
  })
  const gate = Promise.withResolvers<void>()
  const seen = { ticks: 0, queued: 0 }
  const context = {
    db,
    owner: 'test',
    log: api.log,
    engine: {
      tick() {
        seen.ticks++
        return gate.promise
      },
    },
    queues: { enqueue: async () => ++seen.queued > 0 },
  } as unknown as JobContext // a tick of a run that has just begun asks for no more

  const first = runTick.handle({ runId }, context)
  await expect.poll(() => seen.ticks).toBe(1)
  await runTick.handle({ runId }, context)
  expect(seen).toEqual({ ticks: 1, queued: 0 })
  gate.resolve()
  await first

  expect(seen).toEqual({ ticks: 1, queued: 1 })
  await runTick.handle({ runId }, context)
  expect(seen).toEqual({ ticks: 2, queued: 2 })
})
