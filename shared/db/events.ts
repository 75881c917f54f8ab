// Events: what a session's watchers are told, append-only, ids in commit order. Schema in sql/0003_event.sql.
import type { SessionEvent } from '../domain/access.ts'
import type { Db } from './database.ts'
import { storableJson } from './storable.ts'

type NewEvent = {
  sessionId: string
  runId: string | null
  type: string
  data: Record<string, unknown>
  actor: string | null
  requestId: string | null
}

/** Takes the session's event lock until the transaction ends, so this is the last statement of a transaction. */
export async function appendEvent(tx: Db, event: NewEvent): Promise<void> {
  await tx.query(`select append_event($1, $2, $3, $4, $5, $6)`, [
    event.sessionId,
    event.runId,
    event.type,
    storableJson(event.data),
    event.actor,
    event.requestId,
  ])
}

type EventFilter = { after: number; type?: string | undefined; run?: string | undefined; limit: number }

const columns = `id, type, run_id as "runId", data, actor, request_id as "requestId", at`

/** Oldest first after an id; at most `limit`. */
export async function listEvents(db: Db, sessionId: string, filter: EventFilter): Promise<SessionEvent[]> {
  const { rows } = await db.query<SessionEvent>(
    `select ${columns} from event
     where session_id = $1 and id > $2 and ($3::text is null or type = $3) and ($4::uuid is null or run_id = $4)
     order by id limit $5`,
    [sessionId, filter.after, filter.type ?? null, filter.run ?? null, filter.limit],
  )
  return rows
}

/** Newest first before an id; one more than `limit`. */
export async function listEventsBackwards(
  db: Db,
  sessionId: string,
  before: number | undefined,
  limit: number,
): Promise<SessionEvent[]> {
  const { rows } = await db.query<SessionEvent>(
    `select ${columns} from event where session_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [sessionId, before ?? null, limit + 1],
  )
  return rows
}

export async function findLastEventId(db: Db, sessionId: string): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `select coalesce(max(id), 0) as id from event where session_id = $1`,
    [sessionId],
  )
  return rows[0]?.id ?? 0
}
