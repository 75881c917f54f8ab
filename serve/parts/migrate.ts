// The schema of our own database: forward only, all or nothing, safe with several processes at once.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import Postgrator from 'postgrator'
import { queues } from '../../shared/queue/queues.ts'

const folder = join(import.meta.dirname, '../../sql')
const FILE = /^(\d{4})_([a-z_]+)\.sql$/

/** Postgrator reads `1.do.name.sql`; our files are `0001_name.sql`. */
class Migrations extends Postgrator {
  override async getMigrations(): Promise<Postgrator.Migration[]> {
    const files = readdirSync(folder).sort()
    const migrations: Postgrator.Migration[] = files.map((file) => {
      const [, version, name] = FILE.exec(file) ?? []
      if (!version || !name) throw new Error(`sql/${file} is not named NNNN_noun.sql`)
      const text = readFileSync(join(folder, file), 'utf8')
      const md5 = createHash('md5').update(text.replaceAll('\r\n', '\n')).digest('hex')
      return {
        version: Number(version),
        action: 'do',
        filename: join(folder, file),
        name,
        md5,
        getSql: () => text,
      }
    })
    Object.assign(this, { migrations })
    return migrations
  }
}

/**
 * Brings the database to the newest schema and makes sure that every queue exists. Everything happens in one
 * transaction under an advisory lock, so of two processes that start at once one works and the other finds it done.
 */
export async function migrate(url: string): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('migration-assistant schema'))`)
    await client.query(`set local lock_timeout = '30s'`)
    const migrations = new Migrations({
      driver: 'pg',
      database: String(client.database),
      schemaTable: 'migration',
      migrationPattern: join(folder, '*.sql'),
      execQuery: (text: string) => client.query(text),
    })
    const applied = await migrations.migrate()
    await client.query('commit')
    await createQueues(url)
    return { applied: applied.map(({ filename }) => filename?.split('/').at(-1) ?? '') }
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    await client.end()
  }
}

async function createQueues(url: string) {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, max: 2 })
  boss.on('error', () => undefined)
  await boss.start()
  try {
    for (const { name, options } of queues) {
      if (await boss.getQueue(name)) {
        const { policy: _, ...changeable } = options
        await boss.updateQueue(name, changeable)
      } else await boss.createQueue(name, options)
    }
  } finally {
    await boss.stop({ graceful: false })
  }
}
