import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { migrate } from '../../serve/parts/migrate.ts'
import { queues } from '../../shared/queue/queues.ts'

async function givenEmptyDatabase(): Promise<string> {
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = new URL('/postgres', inject('postgresUrl')).href
  const ask = async (text: string) => {
    const client = new pg.Client({ connectionString: admin })
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  await ask(`create database ${name}`)
  onTestFinished(() => ask(`drop database if exists ${name} with (force)`))
  return new URL(`/${name}`, admin).href
}

test('three processes that migrate an empty database at once leave one schema, and a fourth finds it done', async () => {
  const url = await givenEmptyDatabase()

  const applied = await Promise.all([migrate(url), migrate(url), migrate(url)])
  const again = await migrate(url)

  const counts = applied.map((one) => one.applied.length).sort()
  expect(counts.slice(0, 2)).toEqual([0, 0])
  expect(counts[2]).toBeGreaterThan(3)
  expect(again.applied).toEqual([])
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>('select name from pgboss.queue order by name')
  await client.end()
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(queues.map(({ name }) => name)))
})
