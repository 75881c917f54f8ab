// Audit: who did what, when, from where, with which result. It survives the session. Schema in sql/0004_access.sql.
import type { AuditEntry, Principal } from '../domain/access.ts'
import type { Db } from './database.ts'
import { storableText } from './storable.ts'

type NewEntry = {
  principal: Pick<Principal, 'tokenId' | 'name'> | null
  address: string | null
  operation: string
  method: string
  path: string
  session: { id: string; name: string } | null
  /** Where only a run is in the path. */
  sessionId: string | null
  requestId: string
}

/** Written before the act, so that nothing happens without a trace. Returns the entry's id. */
export async function openAuditEntry(db: Db, entry: NewEntry): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `insert into audit_entry (token_id, actor, address, operation, method, path, session_id, session_name, request_id)
     values ($1, $2, $3, $4, $5, $6, $7::uuid, coalesce($8, (select name from session where id = $7::uuid)), $9)
     returning id`,
    [
      entry.principal?.tokenId ?? null,
      entry.principal?.name ?? 'nobody',
      entry.address,
      entry.operation,
      entry.method,
      storableText(entry.path.slice(0, 500)),
      entry.session?.id ?? entry.sessionId,
      entry.session?.name ?? null,
      entry.requestId,
    ],
  )
  if (!rows[0]) throw new Error('insert into audit_entry returned no row')
  return rows[0].id
}

export async function closeAuditEntry(
  db: Db,
  id: number,
  result: { status: number; code: string | null; reason: string | null },
): Promise<void> {
  await db.query(`update audit_entry set status = $2, code = $3, reason = $4 where id = $1`, [
    id,
    result.status,
    result.code,
    result.reason,
  ])
}

type AuditFilter = {
  /** Names the token reaches; null is all, entries without a session included. */
  names: string[] | null
  session?: string | undefined
  before: number | undefined
  limit: number
}

/** Newest first; one more than `limit`. */
export async function listAuditEntries(db: Db, filter: AuditFilter): Promise<AuditEntry[]> {
  const { rows } = await db.query<AuditEntry>(
    `select id, at, actor, address, operation, method, path, session_name as session, reason, status, code,
       request_id as "requestId"
     from audit_entry
     where ($1::text[] is null or session_name = any ($1))
       and ($2::text is null or session_name = $2)
       and ($3::bigint is null or id < $3)
     order by id desc
     limit $4`,
    [filter.names, filter.session ?? null, filter.before ?? null, filter.limit + 1],
  )
  return rows
}
