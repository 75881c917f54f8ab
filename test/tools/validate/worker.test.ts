import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type Knobs, Knobs as KnobsSchema } from '../../../shared/domain/backfill.ts'
import type { Report } from '../../../shared/domain/report.ts'
import { ValidatePlan } from '../../../shared/domain/validate.ts'
import type { ItemTask } from '../../../tools/rfs/item-run.ts'
import { MemoryWorkItems } from '../../../tools/rfs/memory-work-items.ts'
import { work } from '../../../tools/rfs/work.ts'
import { openComparisonWorker } from '../../../tools/validate/worker.ts'
import { fakeClient, frontPage, openSearch } from '../../shared/cluster/fake-client.ts'

const ITEMS = 20
const report: Report = { item() {}, issue() {}, log() {}, progress() {}, artifact: async () => {} }

/** How many parts are read side by side, at most. */
async function mostAtOnce(knobs: Knobs): Promise<number> {
  const { client } = fakeClient(frontPage('2.19.1', openSearch))
  const signal = AbortSignal.timeout(20_000)
  const workItems = new MemoryWorkItems(knobs)
  const assignment = {
    run: { id: 'run', sessionId: 'session' },
    checks: ['documents' as const],
    plan: v.parse(ValidatePlan, { concurrency: knobs.concurrency }),
    source: null,
    target: {
      role: 'target' as const,
      endpoint: 'https://t.example',
      credentials: { type: 'none' as const },
    },
    snapshot: { repository: { type: 'fs' as const, path: '/nowhere' }, name: 'snap' },
    repositories: [],
    backfill: null,
    metadata: {},
    expiresAt: null,
  }
  const worker = await openComparisonWorker({ worker: 'w', assignment, workItems, report, client }, signal)
  const spec = { index: 'i', targetIndex: 'i', shard: 0, segment: '_0', from: 0, to: 1 }
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    key: `i-${n}`,
    spec: { ...spec, side: 'source' as const },
    expected: 1,
    bytes: 1,
    priority: 0,
  }))
  await workItems.plan([], items, true)
  let [now, most] = [0, 0]
  const counts = { written: 1, rejected: 0, skipped: 0, bytes: 1 }
  const taskOf = (): ItemTask => ({
    async work() {
      most = Math.max(most, ++now)
      await sleep(20)
      now--
      return 1
    },
    position: () => ({ cursor: null, counts }),
    result: () => '',
    drain: async () => {},
    drop() {},
    flush: async () => {},
  })
  await work(worker, taskOf, signal)
  await worker.close()
  expect([...workItems.items.values()].filter(({ state }) => state === 'done')).toHaveLength(ITEMS)
  return most
}

test.each([
  [1, 1],
  [4, 4],
  [64, 8],
])('with a concurrency of %i a worker reads %i parts at once', async (concurrency, most) => {
  expect(await mostAtOnce(v.parse(KnobsSchema, { concurrency }))).toBe(most)
})
