// The database of a simulation: it tells the simulation's time, and loses its connection where the seed says so.
import type { Db } from '../../shared/db/database.ts'

export type SimClock = {
  now: Date
  /** The connection is lost before this statement of the next transaction; null: it holds. */
  dropBefore: number | null
}

/** Real transactions over a real Postgres; only the time is ours, and the moment at which a connection ends. */
export function simDatabase(db: Db, clock: SimClock): Db {
  const transaction = <Result>(work: (tx: Db) => Promise<Result>): Promise<Result> =>
    db.transaction(async (tx) => {
      await tx.query(`select set_config('ma.now', $1, true)`, [clock.now.toISOString()])
      const drop = () => {
        clock.dropBefore = null
        return tx.query(`select pg_terminate_backend(pg_backend_pid())`)
      }
      let statements = 0
      const counted: Db = {
        async query(text, values, name) {
          if (clock.dropBefore === statements++) await drop()
          return tx.query(text, values, name)
        },
        transaction: (inner) => inner(counted),
      }
      const result = await work(counted)
      // Later than the last statement is just before the commit.
      if (clock.dropBefore !== null) await drop()
      return result
    })
  return {
    transaction,
    // A lookup outside of a transaction, such as of a token, is none that a fault is meant for.
    query: (text, values, name) => db.query(text, values, name),
  }
}
