// Approvals: gates that runs have come to, and who decided. Schema in sql/0008_approval.sql.
import type { Approval, Gate } from '../domain/approval.ts'
import { Problem } from '../problems.ts'
import { type Db, momentOf } from './database.ts'
import { appendEvent } from './events.ts'
import { stopRun } from './runs.ts'

const columns = `
  a.id, a.run_id as "runId", r.action, a.gate, a.state, a.created_at as "requestedAt", a.decided_at as "decidedAt",
  a.decided_by as "decidedBy", a.comment`

/**
 * Where a run stands at a gate. The first look asks for the approval; a look again changes nothing. Null where the
 * plan has no such gate.
 */
export async function comeToGate(db: Db, runId: string, gate: Gate): Promise<Approval | null> {
  return db.transaction(async (tx) => {
    const added = await tx.query<{ sessionId: string }>(
      `with added as (
         insert into approval (run_id, gate)
         select id, $2 from run where id = $1 and finished_at is null and params #> '{plan,gates}' ? $2
         on conflict do nothing returning run_id)
       select session_id as "sessionId" from run join added on run.id = added.run_id`,
      [runId, gate],
    )
    const { rows } = await tx.query<Approval>(
      `select ${columns} from approval a join run r on r.id = a.run_id where a.run_id = $1 and a.gate = $2`,
      [runId, gate],
    )
    const [row] = rows
    if (row && added.rows[0]) {
      const data = { approvalId: row.id, gate, state: row.state }
      const { sessionId } = added.rows[0]
      await appendEvent(tx, { sessionId, runId, type: 'run.approval', data, actor: null, requestId: null })
    }
    return row ?? null
  })
}

/** The gate that a run waits at; undefined where it waits at none. */
export async function findWaitingApproval(db: Db, runId: string): Promise<Approval | undefined> {
  const { rows } = await db.query<Approval>(
    `select ${columns} from approval a join run r on r.id = a.run_id where a.run_id = $1 and a.state = 'waiting'`,
    [runId],
  )
  return rows[0]
}

/** Newest first; one more than `limit`. Those of runs that have ended wait for nobody. */
export async function listApprovals(
  db: Db,
  sessionId: string,
  filter: { state?: string | undefined; after: readonly [string, string] | undefined; limit: number },
): Promise<Approval[]> {
  const { rows } = await db.query<Approval>(
    `select ${columns} from approval a join run r on r.id = a.run_id
     where r.session_id = $3
       and ($4::text is null or a.state = $4 and (a.state <> 'waiting' or r.finished_at is null))
       and ($1::timestamptz is null or (a.created_at, a.id) < (${momentOf('approval', '$1', '$2')}, $2::uuid))
     order by a.created_at desc, a.id desc limit $5`,
    [filter.after?.[0] ?? null, filter.after?.[1] ?? null, sessionId, filter.state ?? null, filter.limit + 1],
  )
  return rows
}

type Decision = {
  state: 'approved' | 'rejected'
  comment: string | null
  by: { actor: string; requestId: string; sessions: string[] | null }
}

/** Decides once; the same decision again finds it made. A rejection stops the run, in the same transaction. */
export async function decideApproval(
  db: Db,
  id: string,
  { state, comment, by }: Decision,
): Promise<Approval> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<Approval & { sessionId: string; open: boolean }>(
      `select ${columns}, r.session_id as "sessionId", r.finished_at is null as open
       from approval a join run r on r.id = a.run_id join session s on s.id = r.session_id
       where a.id = $1 and ($2::text[] is null or s.name = any ($2)) for update of a`,
      [id, by.sessions],
    )
    const [found] = rows
    if (!found) throw new Problem('approval_not_found', 'No approval has this id')
    const { sessionId, open, ...approval } = found
    if (approval.state === state) return approval
    if (approval.state !== 'waiting')
      throw new Problem('approval_decided', `${approval.decidedBy} has ${approval.state} it already`)
    if (!open) throw new Problem('run_not_open', 'The run has ended; there is nothing to decide')
    await tx.query(
      `update approval set state = $2, comment = $3, decided_by = $4, decided_at = now() where id = $1`,
      [id, state, comment, by.actor],
    )
    const { rows: decided } = await tx.query<Approval>(
      `select ${columns} from approval a join run r on r.id = a.run_id where a.id = $1`,
      [id],
    )
    const reason = `Rejected at the gate "${approval.gate}"${comment ? `: ${comment}` : ''}`
    if (state === 'rejected') await stopRun(tx, approval.runId, { ...by, reason })
    const data = { approvalId: id, gate: approval.gate, state, comment }
    const { actor, requestId } = by
    await appendEvent(tx, { sessionId, runId: approval.runId, type: 'run.approval', data, actor, requestId })
    return decided[0] ?? approval
  })
}
