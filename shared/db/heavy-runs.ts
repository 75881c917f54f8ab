// How a heavy run moves: phases, pause, scale, and its end as the work items prove it. Schema in sql/0005_work_item.sql.
import type { Knobs } from '../domain/backfill.ts'
import type { Run, WaitingFor } from '../domain/run.ts'
import type { WorkflowReference } from '../domain/workflow.ts'
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'
import { appendEvent } from './events.ts'
import { announce, CLAIM_SECONDS, type Claim, getRun } from './runs.ts'

export type Phase = 'Planning' | 'Running' | 'Verifying'
type By = { actor: string; requestId: string; reason: string | null }

/** The actions that are done by workers over work items. */
export type HeavyAction = 'backfill' | 'validate'

/** What a supervisor looks at. */
export type HeavyRun = {
  id: string
  sessionId: string
  action: HeavyAction
  state: string
  phase: Phase | null
  workflow: WorkflowReference | null
  wantedWorkers: number
  planned: boolean
  epoch: number
  params: Record<string, unknown>
  configVersion: number
  done: number
}

const heavyColumns = `
  r.id, r.session_id as "sessionId", r.action, r.state, r.phase, r.workflow, r.wanted_workers as "wantedWorkers",
  r.planned_at is not null as planned, r.claim_epoch as epoch, r.params, r.config_version as "configVersion", r.done`

/**
 * Takes or renews the right to look after a heavy run. Undefined where it has ended or another process holds it:
 * a tick that is delivered twice finds exactly that.
 */
export async function holdRun(db: Db, id: string, owner: string): Promise<HeavyRun | undefined> {
  const { rows } = await db.query<HeavyRun>(
    `update run r
     set claim_epoch = case when r.claimed_by is distinct from $2 or r.claimed_until < now() then r.claim_epoch + 1 else r.claim_epoch end,
         claimed_by = $2, claimed_until = now() + make_interval(secs => $3)
     where r.id = $1 and r.finished_at is null and (r.claimed_by = $2 or r.claimed_until is null or r.claimed_until < now())
     returning ${heavyColumns}`,
    [id, owner, CLAIM_SECONDS],
  )
  return rows[0]
}

/**
 * A Pending run becomes a workflow. Only a Pending run moves, so a late duplicate changes nothing; one that was asked
 * to stop meanwhile keeps the reference of what is to be stopped.
 */
export async function recordWorkflow(db: Db, claim: Claim, workflow: WorkflowReference): Promise<void> {
  await db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run set workflow = $3, phase = 'Planning', started_at = coalesce(started_at, now()), updated_at = now(),
         waiting_for = null, state = case when state = 'Pending' then 'Running' else state end
       where id = $1 and claim_epoch = $2 and state in ('Pending', 'Stopping') and workflow is null`,
      [claim.runId, claim.epoch, workflow],
    )
    if (rowCount === 1) await announce(tx, await getRun(tx, claim.runId), null, null)
  })
}

/** Goes from one phase to the next; a second try finds the phase gone and changes nothing. */
export async function enterPhase(db: Db, claim: Claim, from: Phase, to: Phase): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{ sessionId: string }>(
      `update run set phase = $4, updated_at = now()
       where id = $1 and claim_epoch = $2 and phase = $3 and finished_at is null
       returning session_id as "sessionId"`,
      [claim.runId, claim.epoch, from, to],
    )
    if (!rows[0]) return
    const event = { sessionId: rows[0].sessionId, runId: claim.runId, type: 'run.phase', data: { from, to } }
    await appendEvent(tx, { ...event, actor: null, requestId: null })
  })
}

async function moved(
  tx: Db,
  id: string,
  by: By,
  rowCount: number | null,
  refusal: (run: Run) => Problem,
): Promise<Run> {
  const run = await getRun(tx, id)
  if (rowCount === 0) throw refusal(run)
  await announce(tx, run, by.actor, by.requestId)
  return run
}

/** Keeps everything and stops taking work. Pausing a paused run is refused, so that who paused it stays known. */
export async function pauseRun(db: Db, id: string, by: By): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run set state = 'Paused', paused_at = now(), paused_by = $2, reason = coalesce($3, reason), updated_at = now()
       where id = $1 and state = 'Running'`,
      [id, by.actor, by.reason],
    )
    return moved(
      tx,
      id,
      by,
      rowCount,
      (run) => new Problem('run_not_running', `Only a running run can be paused; this one is ${run.state}`),
    )
  })
}

/** Goes on with a paused run; the time it was paused counts in no rate. */
export async function resumeRun(db: Db, id: string, by: By): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run set state = 'Running', paused_seconds = paused_seconds + extract(epoch from now() - paused_at),
         paused_at = null, paused_by = null, updated_at = now()
       where id = $1 and state = 'Paused'`,
      [id],
    )
    if (rowCount === 1) await tx.query(`delete from run_sample where run_id = $1`, [id])
    return moved(
      tx,
      id,
      by,
      rowCount,
      (run) => new Problem('run_not_paused', `Only a paused run can be resumed; this one is ${run.state}`),
    )
  })
}

/** Changes workers and knobs of an open run; workers hear of it with their next checkpoint. */
export async function scaleRun(
  db: Db,
  id: string,
  change: { workers?: number | undefined; knobs: Partial<Knobs> },
  by: By,
): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run set wanted_workers = coalesce($2, wanted_workers), knobs = knobs || $3, reason = coalesce($4, reason), updated_at = now()
       where id = $1 and finished_at is null`,
      [id, change.workers ?? null, change.knobs, by.reason],
    )
    return moved(
      tx,
      id,
      by,
      rowCount,
      (run) => new Problem('run_not_open', `The run has ended: ${run.state}`),
    )
  })
}

/** Keeps what a look at the items showed: documents done of how many, shards, and why it is not faster. */
export async function recordProgress(db: Db, claim: Claim, waitingFor: WaitingFor | null): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{
      sessionId: string
      action: string
      percent: number | null
      done: number
      changed: boolean
    }>(
      `update run r
       set done = i.done, total = i.total, unit = 'documents', shards_done = s.done, shards_failed = s.failed,
           waiting_for = $3::jsonb || case when r.waiting_for ->> 'code' = $3::jsonb ->> 'code'
             then jsonb_build_object('since', r.waiting_for -> 'since') else '{}' end,
           last_progress_at = case when r.done <> i.done or r.last_progress_at is null then now() else r.last_progress_at end,
           updated_at = now()
       from run before,
         (select coalesce(sum(written + rejected + skipped), 0) as done,
            case when coalesce(sum(items_uncounted), 0) = 0 and count(*) > 0 then sum(expected) end as total
          from run_index where run_id = $1) i,
         (select count(*) filter (where terminal and not failed) as done, count(*) filter (where failed) as failed
          from (select bool_and(state in ('done', 'failed')) as terminal, bool_or(state = 'failed') as failed
                from work_item where run_id = $1 group by index_name, shard) shard) s
       where r.id = $1 and before.id = r.id and r.claim_epoch = $2 and r.finished_at is null
       returning r.session_id as "sessionId", r.action, r.percent, r.done, before.done <> r.done or before.waiting_for is distinct from r.waiting_for as changed`,
      [claim.runId, claim.epoch, waitingFor],
    )
    const [row] = rows
    if (!row?.changed) return
    const data = { action: row.action, percent: row.percent, done: row.done, waitingFor }
    await appendEvent(tx, {
      sessionId: row.sessionId,
      runId: claim.runId,
      type: 'run.progress',
      data,
      actor: null,
      requestId: null,
    })
  })
}

/** The accounting of an index of a backfill: expected = written + rejected + skipped, and the target's own count agrees. */
const judged = `
  select run_id, name, target_name, expected, written, rejected, skipped, items_failed, target_count, existing, target_error,
    case
      when items_failed > 0 then 'Parts of the index could not be moved'
      when items_done < items then 'Parts of the index were not done'
      when expected <> written + rejected + skipped then 'The documents do not add up'
      when target_error is not null or target_count is null then 'The target could not say how many documents it holds'
      when target_count < written then 'The target holds fewer documents than were written'
      when coalesce(existing, 0) = 0 and skipped = 0 and target_count <> written then 'The target holds another number of documents than were written'
      when rejected > 0 then 'The target rejected documents; they are kept with their cause'
    end as fault
  from run_index where run_id = $1`

/**
 * Ends a heavy run with the accepted result of its last step. Whether it is Completed is judged here, in the
 * transaction that ends it: a backfill from its items and the target's own counts, a validation from its checks.
 */
export async function completeHeavyRun(
  db: Db,
  { runId, epoch }: Claim,
  result: Record<string, unknown>,
): Promise<Run> {
  return db.transaction(async (tx) => {
    await tx.query(
      `insert into run_item (run_id, kind, name, outcome, detail)
       select run_id, 'index', name, case when fault is null then 'ok' else 'failed' end, jsonb_build_object(
         'action', case when fault is null then 'create' else 'refused' end, 'message', fault, 'rules', '[]'::jsonb,
         'changes', '[]'::jsonb, 'drift', '[]'::jsonb, 'targetError', null, 'attempts', 1,
         'remedy', case when fault is not null then 'Look at the failed documents and the issues, mend the cause, then retry the failed' end,
         'after', jsonb_build_object('target', target_name, 'expected', expected, 'written', written, 'rejected', rejected,
           'skipped', skipped, 'targetCount', target_count))
       from (${judged}) j where exists (select 1 from run where id = $1 and action = 'backfill')
       on conflict (run_id, kind, name) do update set outcome = excluded.outcome, detail = excluded.detail, updated_at = now()`,
      [runId],
    )
    const { rowCount } = await tx.query(
      `update run set state = case when exists (select 1 from run_item where run_id = $1 and outcome = 'failed')
           or exists (select 1 from work_item where run_id = $1 and state = 'failed')
           or not exists (select 1 from run_index where run_id = $1) and not coalesce((params #>> '{plan,allowEmpty}')::boolean, false)
         then 'CompletedWithErrors' else 'Completed' end,
         result = $3, phase = null, waiting_for = null, finished_at = clock_timestamp(), updated_at = clock_timestamp(), claimed_until = null
       where id = $1 and claim_epoch = $2 and phase = 'Verifying' and finished_at is null
         and not exists (select 1 from work_item where run_id = $1 and state in ('waiting', 'leased'))`,
      [runId, epoch, result],
    )
    if (rowCount === 0)
      throw new Problem('lease_lost', 'Another process took the run over, or it has ended, or work is left')
    const run = await getRun(tx, runId)
    await announce(tx, run, null, null)
    return run
  })
}
