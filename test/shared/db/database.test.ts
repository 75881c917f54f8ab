import { expect, test } from 'vitest'
import { isAway } from '../../../shared/db/database.ts'
import { createDatabase } from '../../harness/database.ts'

test('a connection that is lost between two statements of a transaction fails that transaction, not the process', async () => {
  const { db } = await createDatabase()
  await db.query('create table note (text text)')
  const deaths: unknown[] = []
  const hear = (error: unknown) => deaths.push(error)
  process.on('uncaughtException', hear)

  const work = db.transaction(async (tx) => {
    await tx.query(`insert into note values ('lost')`)
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await db.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    await new Promise((wait) => setTimeout(wait, 200))
    await tx.query(`insert into note values ('never')`)
  })
  const error = await work.catch((reason: unknown) => reason)
  process.off('uncaughtException', hear)

  expect(isAway(error)).toBe(true)
  expect(deaths).toEqual([])
  expect((await db.query('select 1 from note')).rowCount).toBe(0)
  expect(await db.transaction((tx) => tx.query('select 1 as one'))).toMatchObject({ rows: [{ one: 1 }] })
})

test('what a transaction did is taken back when its work throws, also where one joins another', async () => {
  const { db } = await createDatabase()
  await db.query('create table note (text text)')

  const work = db.transaction(async (tx) => {
    await tx.transaction((inner) => inner.query(`insert into note values ('inner')`))
    throw new Error('no')
  })

  await expect(work).rejects.toThrow('no')
  expect((await db.query('select 1 from note')).rowCount).toBe(0)
})

test('moments leave as ISO 8601 in UTC, and great counts as numbers', async () => {
  const { db } = await createDatabase()

  const { rows } = await db.query(
    `select timestamptz '2024-02-03 04:05:06.789+02' as at, 9007199254740991::bigint as count, 99.9::numeric as percent`,
  )

  expect(rows).toEqual([{ at: '2024-02-03T02:05:06.789Z', count: 9_007_199_254_740_991, percent: 99.9 }])
})
