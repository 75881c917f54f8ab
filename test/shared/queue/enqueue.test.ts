import { expect, test } from 'vitest'
import { createQueues } from '../../../shared/queue/enqueue.ts'
import { metadataStart } from '../../../shared/queue/queues.ts'
import { createDatabase } from '../../harness/database.ts'

const waiting = `select data from pgboss.job where name = 'metadata-start'`

test('a job goes with its transaction: kept by a commit, taken away by a rollback', async () => {
  const { db } = await createDatabase()
  const queues = createQueues(db)
  const [kept, lost] = [crypto.randomUUID(), crypto.randomUUID()]

  await db.transaction((tx) => queues.enqueue(tx, metadataStart, { runId: kept }))
  const work = db.transaction(async (tx) => {
    await queues.enqueue(tx, metadataStart, { runId: lost })
    throw new Error('no')
  })
  await expect(work).rejects.toThrow('no')

  expect((await db.query(waiting)).rows).toEqual([{ data: { runId: kept } }])
})

test('what is no input of a queue is not sent', async () => {
  const { db } = await createDatabase()

  await expect(createQueues(db).enqueue(db, metadataStart, { runId: 'nonsense' })).rejects.toThrow()

  expect((await db.query(waiting)).rowCount).toBe(0)
})
