// The one way to Postgres: a `Db` is a pool or a transaction, and every query module takes it first.
import type pg from 'pg'

export interface Db {
  /** A statement with a name is planned once per connection: for what every request runs. One name, one text. */
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    name?: string,
  ): Promise<{ rows: Row[]; rowCount: number | null }>
  /** Runs `work` in one transaction; inside a transaction it joins it. Rolls back when `work` throws. */
  transaction<Result>(work: (tx: Db) => Promise<Result>): Promise<Result>
}

/** What pg calls a type: timestamps leave as ISO 8601 in UTC, bigint and numeric as numbers (ours stay below 2^53). */
export function typeParsers(types: typeof pg.types): pg.CustomTypesConfig {
  const own = new Map<number, (text: string) => unknown>([
    [types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString()],
    [types.builtins.INT8, Number],
    [types.builtins.NUMERIC, Number],
  ])
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      own.get(oid) ?? types.getTypeParser(oid, format),
  }
}

type Queryable = Pick<pg.PoolClient, 'query'>

function queries(client: Queryable): Db['query'] {
  return async <Row extends object>(text: string, values: readonly unknown[] = [], name?: string) => {
    const { rows, rowCount } = await client.query<Row>({ text, values: [...values], name })
    return { rows, rowCount }
  }
}

/** Postgres through a pool: Node and Deno, where connections outlive a request. */
export function poolDatabase(pool: pg.Pool): Db {
  return {
    query: queries(pool),
    transaction: async (work) => {
      const client = await pool.connect()
      // A connection that is lost between two statements says so as an event, which nobody else hears meanwhile.
      let lost: Error | undefined
      const hear = (error: Error) => {
        lost = error
      }
      client.on('error', hear)
      try {
        return await transact(client, work)
      } finally {
        client.off('error', hear)
        client.release(lost)
      }
    },
  }
}

/** Postgres through one client: workerd, where a connection belongs to its request. */
export function clientDatabase(client: pg.Client): Db {
  return { query: queries(client), transaction: (work) => transact(client, work) }
}

async function transact<Result>(client: Queryable, work: (tx: Db) => Promise<Result>): Promise<Result> {
  const tx: Db = { query: queries(client), transaction: (inner) => inner(tx) }
  await client.query('begin')
  try {
    const result = await work(tx)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * The moment of a page's last row. A cursor tells it in milliseconds, the row itself to the microsecond; of a row that
 * is gone the whole millisecond is taken, for repeating a row is better than leaving one out.
 */
export function momentOf(
  table: 'session' | 'run' | 'token' | 'approval',
  moment: '$1' | '$4',
  id: '$2' | '$5',
): string {
  return `coalesce((select created_at from ${table} where id = ${id}::uuid), ${moment}::timestamptz + interval '999 microseconds')`
}

/** Postgres away: the classes 08 and 57P, and the sockets under them. What was being committed may be so or not. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect'
  return (
    /^(08\w{3}|57P\d\d|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
      error.message,
    )
  )
}

/** Text or JSON with U+0000, or with half a surrogate pair. */
export function holdsRefusedCharacter(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '22021' || error.code === '22P05')
}

/** Which constraint refused, so that a query module can say it in the user's words. */
export function refusedBy(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('constraint' in error)) return undefined
  return typeof error.constraint === 'string' ? error.constraint : undefined
}
