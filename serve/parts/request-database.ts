// Postgres on workerd: sockets belong to the request that opened them, so a pool would hang the next one.
import pg from 'pg'
import { clientDatabase, type Db, typeParsers } from '../../shared/db/database.ts'
import { Problem } from '../../shared/problems.ts'

export type RequestDatabase = { db: Db; close(): Promise<void> }

/** One client for one request, connected by its first query; `prepare` runs before that query. */
export function requestDatabase(
  url: string,
  prepare: (db: Db) => Promise<void> = async () => undefined,
): RequestDatabase {
  let opening: Promise<{ client: pg.Client; db: Db }> | undefined
  const open = async () => {
    opening ??= connect(url, prepare)
    return (await opening).db
  }
  return {
    db: {
      query: async (text, values) => (await open()).query(text, values),
      transaction: async (work) => (await open()).transaction(work),
    },
    async close() {
      const { client } = (await opening?.catch(() => undefined)) ?? {}
      await client?.end().catch(() => undefined)
    },
  }
}

async function connect(url: string, prepare: (db: Db) => Promise<void>) {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'migration-assistant worker',
    types: typeParsers(pg.types),
  })
  // The query in flight rejects as well; without a listener the loss would end the isolate.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const db = clientDatabase(client)
    await prepare(db)
    return { client, db }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw awayOr(error)
  }
}

/** What Postgres says has a code; a socket of this runtime that does not open has none. */
function awayOr(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && error.code !== undefined) return error
  return new Problem(
    'unavailable',
    'The database does not answer; nothing was changed by this request, try again',
    { cause: error, headers: { 'retry-after': '2' } },
  )
}
