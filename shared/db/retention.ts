// What is kept for a time only, and how long.
import type { Db } from './database.ts'

/** Each is a table and what of it is old. Open runs keep their logs. */
const rules = {
  event: `at < now() - interval '30 days'`,
  log_line: `run_id in (select id from run where finished_at < now() - interval '30 days')`,
  idempotency_key: `created_at < now() - interval '1 day'`,
  login_code: `expires_at < now()`,
  web_session: `expires_at < now()`,
  login_failure: `at < now() - interval '1 hour'`,
  token: `role = 'run' and run_id in (select id from run where finished_at < now() - interval '1 day')`,
  connection_check: `id not in (
    select id from (
      select id, row_number() over (partition by session_id, role order by id desc) as place from connection_check
    ) newest where place <= 20)`,
} as const

const BATCH = 10_000

/** Deletes in batches, so that no transaction grows with the backlog. Answers the rows deleted per table. */
export async function forgetOld(db: Db, signal?: AbortSignal): Promise<Record<string, number>> {
  const forgotten: Record<string, number> = {}
  for (const [table, old] of Object.entries(rules)) {
    forgotten[table] = 0
    for (;;) {
      const { rowCount } = await db.query(
        `delete from ${table} where ctid in (select ctid from ${table} where ${old} limit ${BATCH})`,
      )
      forgotten[table] += rowCount ?? 0
      if ((rowCount ?? 0) < BATCH || signal?.aborted) break
    }
  }
  return forgotten
}
