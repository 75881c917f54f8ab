import { expect, test } from 'vitest'
import type { PlannedItem } from '../../../shared/domain/work-item.ts'
import { MemoryWorkItems } from '../../../tools/rfs/memory-work-items.ts'

const knobs = { batchBytes: 1_048_576, concurrency: 4, rateLimit: null }
const counts = (written: number) => ({ written, rejected: 0, skipped: 0, bytes: 0 })

function anItem(key: string, bytes = 1, priority = 0): PlannedItem {
  const spec = { index: 'i', targetIndex: 'i', shard: 0, segment: '_0', from: 0, to: 10 }
  return { key, spec, expected: 10, bytes, priority }
}

async function given(...items: PlannedItem[]) {
  let now = 0
  const workItems = new MemoryWorkItems(knobs, () => now)
  await workItems.plan([], items, true)
  const lease = async (worker: string) => (await workItems.lease(worker, 1)).items[0]
  return { workItems, lease, pass: (ms: number) => (now += ms) }
}

test('items come by priority, then the largest first', async () => {
  const { workItems } = await given(anItem('small', 1), anItem('large', 9), anItem('late', 99, 1))

  const { items } = await workItems.lease('w', 3)

  expect(items.map(({ key }) => key)).toEqual(['large', 'small', 'late'])
})

test('who lost the lease can neither checkpoint, complete, release nor fail', async () => {
  const { workItems, lease, pass } = await given(anItem('a'))
  const first = await lease('one')
  pass(30_001)
  const second = await lease('two')
  expect([first?.epoch, second?.epoch]).toEqual([1, 2])

  const stale = { epoch: 1, worker: 'one', cursor: { doc: 9 }, counts: counts(9) }
  const error = { code: 'x', message: '', evidence: {}, remedy: null, retryable: true }
  for (const call of [
    workItems.checkpoint('a', stale),
    workItems.complete('a', { ...stale, expected: 9 }),
    workItems.release('a', stale),
    workItems.fail('a', { ...stale, error }),
  ])
    await expect(call).rejects.toMatchObject({ code: 'lease_lost' })
  expect(workItems.items.get('a')).toMatchObject({ cursor: null, counts: counts(0), worker: 'two' })
})

test('the next holder goes on from the last checkpoint', async () => {
  const { workItems, lease, pass } = await given(anItem('a'))
  await lease('one')
  await workItems.checkpoint('a', { epoch: 1, worker: 'one', cursor: { doc: 4 }, counts: counts(4) })
  pass(30_001)

  expect(await lease('two')).toMatchObject({ epoch: 2, cursor: { doc: 4 }, counts: counts(4) })
})

test('done is said only when every item is', async () => {
  const { workItems, lease } = await given(anItem('a'))
  await lease('one')
  expect(await workItems.lease('two', 1)).toMatchObject({ items: [], next: 'wait' })

  await workItems.complete('a', {
    epoch: 1,
    worker: 'one',
    cursor: { doc: 10 },
    counts: counts(10),
    expected: 10,
  })

  expect(await workItems.lease('two', 1)).toMatchObject({ items: [], next: 'done' })
})

test('a plan that is not complete is not done, and planning twice changes nothing', async () => {
  const workItems = new MemoryWorkItems(knobs)
  await workItems.plan([], [], false)
  expect((await workItems.lease('w', 1)).next).toBe('wait')

  await workItems.plan([], [anItem('a')], true)
  await workItems.lease('w', 1)
  await workItems.plan([], [anItem('a')], true)

  expect(workItems.items.get('a')).toMatchObject({ state: 'leased', epoch: 1 })
})

test('a failed item is tried again later, five times at most, a hopeless one not at all', async () => {
  const { workItems, lease, pass } = await given(anItem('a'))
  const error = { code: 'x', message: '', evidence: {}, remedy: null, retryable: true }
  for (let epoch = 1; epoch <= 5; epoch++) {
    expect(await lease('w')).toMatchObject({ epoch })
    await workItems.fail('a', { epoch, worker: 'w', cursor: null, counts: counts(0), error })
    expect(await lease('w')).toBeUndefined()
    pass(64_000)
  }
  expect(workItems.items.get('a')).toMatchObject({ state: 'failed', error })
  expect((await workItems.lease('w', 1)).next).toBe('done')
})
