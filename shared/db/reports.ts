// Reports: what a tool tells of its run, taken once per batch and only from the holder. Schema in sql/0002_run.sql.
import type { IssueReport, ItemReport, ProgressReport } from '../domain/report.ts'
import type { LogLevel } from '../domain/run.ts'
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'
import { appendEvent } from './events.ts'
import { countItems } from './run-parts.ts'
import { CLAIM_SECONDS, type Claim } from './runs.ts'
import { storableJson, storableText } from './storable.ts'

export type LogEntry = { at: string; level: LogLevel; message: string; fields: Record<string, unknown> }

/** Everything told since the last batch. `number` rises by one within a claim. */
export type ReportBatch = {
  number: number
  progress: ProgressReport | null
  items: ItemReport[]
  issues: IssueReport[]
  logs: LogEntry[]
}

/** Log lines kept of one run; what comes later is dropped, and the last kept line says so. */
export const LOG_LINES_KEPT = 100_000

/**
 * Takes a batch in one transaction. A batch that was taken already changes nothing, so a sender that never saw our
 * answer may send it again. Throws `lease_lost` where another holds the run. Answers whether the run is to go on.
 */
export async function recordReports(db: Db, claim: Claim, batch: ReportBatch): Promise<'continue' | 'stop'> {
  return db.transaction(async (tx) => {
    const held = await advance(tx, claim, batch)
    if (!held.fresh) return held.go
    const added = await upsertItems(tx, claim.runId, batch.items)
    await countIssues(tx, claim.runId, batch.issues)
    await insertLogLines(tx, claim.runId, batch.logs)
    if (added > 0 || held.further)
      await tx.query(`update run set claims_without_progress = 0 where id = $1`, [claim.runId])
    if (batch.progress || batch.items.length || batch.issues.length) {
      const data = {
        action: held.action,
        percent: held.percent,
        progress: batch.progress,
        items: await countItems(tx, claim.runId),
        issues: batch.issues.length,
      }
      await appendEvent(tx, {
        sessionId: held.sessionId,
        runId: claim.runId,
        type: 'run.progress',
        data,
        actor: null,
        requestId: null,
      })
    } else if (batch.logs.length) {
      await appendEvent(tx, {
        sessionId: held.sessionId,
        runId: claim.runId,
        type: 'run.log',
        data: { lines: batch.logs.length },
        actor: null,
        requestId: null,
      })
    }
    return held.go
  })
}

/**
 * Takes a batch of one of a heavy run's workers. Workers number their batches on their own; one that was taken
 * already changes nothing. The run's counts are those of its work items, so a report moves no progress.
 */
export async function recordWorkerReports(
  db: Db,
  from: { runId: string; sessionId: string; worker: string },
  batch: ReportBatch,
): Promise<void> {
  const { runId, sessionId, worker } = from
  await db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `insert into run_worker (run_id, worker, report_number) values ($1, $2, $3)
       on conflict (run_id, worker) do update set report_number = excluded.report_number, last_seen_at = now()
       where run_worker.report_number < excluded.report_number`,
      [runId, worker, batch.number],
    )
    if (rowCount === 0) return
    await upsertItems(tx, runId, batch.items)
    await countIssues(tx, runId, batch.issues)
    await insertLogLines(tx, runId, batch.logs, worker)
    const told = { items: batch.items.length, issues: batch.issues.length, lines: batch.logs.length, worker }
    if (told.items + told.issues + told.lines > 0)
      await appendEvent(tx, {
        sessionId,
        runId,
        type: 'run.report',
        data: told,
        actor: null,
        requestId: null,
      })
  })
}

type Held = {
  sessionId: string
  action: string
  percent: number | null
  go: 'continue' | 'stop'
  fresh: boolean
  /** More is done than any execution of the run had done before. */
  further: boolean
}

async function advance(tx: Db, claim: Claim, { number, progress, items }: ReportBatch): Promise<Held> {
  const moved = progress !== null || items.length > 0
  const { rows } = await tx.query<Held>(
    `update run
     set report_number = greatest(report_number, $3), updated_at = clock_timestamp(),
         claimed_until = now() + make_interval(secs => $4),
         done = greatest(done, $5), total = case when $9 then $6 else total end, unit = coalesce($7, unit),
         message = case when $9 then $8 else message end,
         last_progress_at = case when $10 then clock_timestamp() else last_progress_at end
     from (select id, report_number < $3 as fresh, coalesce($5 > done, false) as further from run where id = $1 for update) before
     where run.id = before.id and claim_epoch = $2 and finished_at is null
     returning session_id as "sessionId", action, percent, fresh, further, case when state = 'Stopping' then 'stop' else 'continue' end as go`,
    [
      claim.runId,
      claim.epoch,
      number,
      CLAIM_SECONDS,
      progress?.done ?? null,
      progress?.total ?? null,
      progress?.unit ?? null,
      progress?.message ? storableText(progress.message) : null,
      progress !== null,
      moved,
    ],
  )
  if (!rows[0]) throw new Problem('lease_lost', 'Another process took the run over, or it has ended')
  return rows[0]
}

/** Records one issue of the control plane's own. */
export async function recordIssue(db: Db, run: { id: string }, issue: IssueReport): Promise<void> {
  await countIssues(db, run.id, [issue])
}

/** Records an issue of the control plane's own unless it is known. Answers whether it was not. */
export async function recordIssueOnce(db: Db, runId: string, issue: IssueReport): Promise<boolean> {
  return db.transaction(async (tx) => {
    const known = await tx.query(`select 1 from run_issue where run_id = $1 and code = $2 and scope = $3`, [
      runId,
      issue.code,
      storableText(issue.scope ?? ''),
    ])
    if (known.rows.length > 0) return false
    await countIssues(tx, runId, [issue])
    return true
  })
}

/** Answers how many were not known before. */
async function upsertItems(tx: Db, runId: string, items: ItemReport[]): Promise<number> {
  if (items.length === 0) return 0
  const last = new Map(items.map((item) => [`${item.kind}\0${item.name}`, item]))
  const { rows } = await tx.query<{ added: number }>(
    `with told as (
       insert into run_item (run_id, kind, name, outcome, detail)
       select $1, kind, name, outcome, detail
       from jsonb_to_recordset($2::jsonb) as t (kind text, name text, outcome text, detail jsonb)
       on conflict (run_id, kind, name) do update
       set outcome = excluded.outcome, detail = excluded.detail, updated_at = now()
       returning xmax = 0 as added
     )
     select count(*) filter (where added) as added from told`,
    [runId, storableJson([...last.values()])],
  )
  return rows[0]?.added ?? 0
}

/** Each worker counts its own documents of a cause, absolutely: the issue holds the sum over all of them. */
const overWorkers = `(
  select excluded.evidence || jsonb_build_object('documents', sum(value::bigint), 'byWorker', jsonb_object_agg(key, value::bigint))
  from jsonb_each_text(
    coalesce(run_issue.evidence -> 'byWorker',
      jsonb_build_object(run_issue.evidence ->> 'worker', run_issue.evidence -> 'documents'))
    || jsonb_build_object(excluded.evidence ->> 'worker', excluded.evidence -> 'documents')))`

async function countIssues(tx: Db, runId: string, issues: IssueReport[]): Promise<void> {
  for (const issue of issues) {
    await tx.query(
      `insert into run_issue (run_id, code, severity, origin, retryable, scope, message, evidence, remedy)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (run_id, code, scope) do update
       set count = run_issue.count + 1, last_seen_at = now(), message = excluded.message,
         evidence = case when excluded.evidence ?& array['worker', 'documents'] then ${overWorkers} else excluded.evidence end`,
      [
        runId,
        issue.code,
        issue.severity,
        issue.origin,
        issue.retryable,
        storableText(issue.scope ?? ''),
        storableText(issue.message),
        storableJson(issue.evidence),
        issue.remedy && storableText(issue.remedy),
      ],
    )
  }
}

/** Keeps lines up to the limit; the last place is for the line that says so, once, whoever is at the limit first. */
async function insertLogLines(
  tx: Db,
  runId: string,
  logs: LogEntry[],
  worker: string | null = null,
): Promise<void> {
  if (logs.length === 0) return
  // The row lock lets the workers of a run count one after the other.
  const { rows } = await tx.query<{ before: number }>(
    `update run r set log_lines = least($3, r.log_lines + $2)
     from (select id, log_lines from run where id = $1 for update) before
     where r.id = before.id returning before.log_lines as before`,
    [runId, logs.length, LOG_LINES_KEPT],
  )
  const room = LOG_LINES_KEPT - (rows[0]?.before ?? LOG_LINES_KEPT)
  const kept = logs.slice(0, room)
  if (logs.length >= room && room > 0) kept[room - 1] = lastLine()
  await tx.query(
    `insert into log_line (run_id, at, level, message, fields, worker)
     select $1, at, level, message, fields, $3
     from jsonb_to_recordset($2::jsonb) as t (at timestamptz, level text, message text, fields jsonb)`,
    [runId, storableJson(kept.map((line) => ({ ...line, message: line.message.slice(0, 8_192) }))), worker],
  )
}

const lastLine = (): LogEntry => ({
  at: new Date().toISOString(),
  level: 'warn',
  message: 'This is the last line that is kept of this run; what is logged from here on is dropped',
  fields: { limit: LOG_LINES_KEPT },
})
