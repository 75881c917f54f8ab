import { expect, test } from 'vitest'
import { holdRun } from '../../../shared/db/heavy-runs.ts'
import { insertRun, listUnheldRuns } from '../../../shared/db/runs.ts'
import { takeOver } from '../../../shared/db/take-over.ts'
import { leaseItems } from '../../../shared/db/work-items.ts'
import { planWork } from '../../../shared/db/work-plan.ts'
import { givenSession, startApp, twoClusters } from '../../harness/app.ts'

async function givenHeldRun() {
  const { db, ...api } = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders', twoClusters)
  const { id } = await insertRun(db, {
    sessionId,
    action: 'backfill',
    params: { plan: {} },
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
    workers: 2,
    knobs: { batchBytes: 1_000_000, concurrency: 4, rateLimit: null },
  })
  await db.query(
    `update run set created_at = now() - interval '1 hour', state = 'Running', phase = 'Running' where id = $1`,
    [id],
  )
  const index = { name: 'orders', targetName: 'orders', shards: 1, existingDocuments: 0 }
  const spec = { index: 'orders', targetIndex: 'orders', shard: 0, segment: '_0', from: 0, to: 1 }
  const items = ['a', 'b'].map((key) => ({ key, bytes: 1, priority: 0, expected: 1, spec }))
  await planWork(db, id, { indexes: [index], items, complete: true })
  const held = await holdRun(db, id, 'before')
  return { db, id, held }
}

test('what a dead process held is free for the next one, which has an epoch of its own', async () => {
  const { db, id, held } = await givenHeldRun()
  await leaseItems(db, id, 'local-work-0-a1', 1)
  await leaseItems(db, id, 'backfill-pod-b2', 1)
  expect(await holdRun(db, id, 'after')).toBeUndefined()
  expect(await listUnheldRuns(db)).toEqual([])

  await takeOver(db)

  const [unheld] = await listUnheldRuns(db)
  expect(unheld?.id).toBe(id)
  expect(unheld?.ageSeconds).toBeGreaterThan(15)
  const { items } = await leaseItems(db, id, 'local-work-0-c3', 2)
  expect(items.map(({ key }) => key)).toEqual(['a'])
  expect((await holdRun(db, id, 'after'))?.epoch).toBe((held?.epoch ?? 0) + 1)
})

test('run twice, it takes nothing from who has begun again meanwhile but the time to ask once more', async () => {
  const { db, id } = await givenHeldRun()
  await takeOver(db)
  const first = await leaseItems(db, id, 'local-work-0-c3', 1)

  await takeOver(db)

  const again = await leaseItems(db, id, 'local-work-0-d4', 1)
  expect(again.items).toMatchObject([{ key: first.items[0]?.key }])
  expect(again.items[0]?.epoch).toBeGreaterThan(first.items[0]?.epoch ?? 0)
})
