import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { type Db, poolDatabase, typeParsers } from '../../shared/db/database.ts'

/** A database of its own, copied from the migrated template; dropped when the test ends. */
export async function createDatabase(
  whenDone: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<{ url: string; db: Db; pool: pg.Pool }> {
  const template = new URL(inject('postgresUrl'))
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = new URL('/postgres', template)
  await run(admin, `create database ${name} template ${template.pathname.slice(1)}`)
  const url = new URL(`/${name}`, template).href
  const pool = new pg.Pool({ connectionString: url, max: 10, types: typeParsers(pg.types) })
  pool.on('error', () => undefined)
  whenDone(async () => {
    await pool.end()
    await run(admin, `drop database if exists ${name} with (force)`)
  })
  return { url, db: poolDatabase(pool), pool }
}

/** A pool over a database that exists. */
export function openDatabase(
  url: string,
  whenDone: (clean: () => Promise<void>) => void = onTestFinished,
): { url: string; db: Db; pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url, max: 10, types: typeParsers(pg.types) })
  pool.on('error', () => undefined)
  whenDone(() => pool.end())
  return { url, db: poolDatabase(pool), pool }
}

async function run(url: URL, sql: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString: url.href })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await client.query(sql)
      return
    } catch (error) {
      // Two copies of the template at once wait for each other.
      if (attempt > 50 || !/being accessed by other users/.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await client.end()
    }
  }
}
