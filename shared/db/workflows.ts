// Open runs and the workflows they became; what the last look at the engine showed. Schema in sql/0007_workflow.sql.
import type { WorkflowReference } from '../domain/workflow.ts'
import type { Db } from './database.ts'
import { CLAIM_SECONDS, type Claim } from './runs.ts'

const PAGE = 500

/** An open run with its workflow, as the poller looks at it. */
export type OpenReference = {
  runId: string
  workflow: WorkflowReference
  state: string
  phase: string | null
  /** Seconds since it was submitted. */
  ageSeconds: number
  /** Seconds without progress of a run that should have some; null of any other. */
  quietSeconds: number | null
}

const columns = `
  id as "runId", workflow, state, phase, extract(epoch from now() - started_at)::float8 as "ageSeconds",
  case when state = 'Running' then extract(epoch from now() - greatest(started_at, last_progress_at))::float8 end as "quietSeconds"`

/** Every open run of the Argo engine by the name of its workflow, a page at a time, in the order of bytes. */
export async function* eachOpenReference(db: Db): AsyncGenerator<OpenReference> {
  for (let after = ''; ; ) {
    const { rows } = await db.query<OpenReference>(
      `select ${columns} from run
       where finished_at is null and workflow is not null and workflow ->> 'engine' = 'argo'
         and (workflow ->> 'name') collate "C" > $1
       order by (workflow ->> 'name') collate "C" limit $2`,
      [after, PAGE],
    )
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.workflow.name
  }
}

/** Runs of these ids: whether each is open, and since when it is not. */
export async function findRunsOfWorkflows(
  db: Db,
  ids: string[],
): Promise<Map<string, { open: boolean; endedSeconds: number }>> {
  const { rows } = await db.query<{ id: string; open: boolean; endedSeconds: number }>(
    `select id, finished_at is null as open, coalesce(extract(epoch from now() - finished_at), 0)::float8 as "endedSeconds" from run
     where id = any($1::uuid[])`,
    [ids.filter((id) => /^[0-9a-f-]{36}$/.test(id))],
  )
  return new Map(rows.map(({ id, ...rest }) => [id, rest]))
}

/**
 * Takes an open run from whoever holds it: what the engine says of a workflow's end outweighs a supervisor. The next
 * write of the old holder is refused.
 */
export async function seizeRun(db: Db, runId: string, owner: string): Promise<Claim | undefined> {
  const { rows } = await db.query<{ epoch: number }>(
    `update run set claim_epoch = claim_epoch + 1, claimed_by = $2, claimed_until = now() + make_interval(secs => $3)
     where id = $1 and finished_at is null returning claim_epoch as epoch`,
    [runId, owner, CLAIM_SECONDS],
  )
  return rows[0] && { runId, epoch: rows[0].epoch }
}

/** Says why a run that is not submitted yet waits. */
export async function recordSubmissionWait(
  db: Db,
  { runId, epoch }: Claim,
  wait: { code: string; detail: string },
): Promise<void> {
  await db.query(
    `update run set waiting_for = jsonb_build_object('code', $3::text, 'detail', $4::text, 'since',
       case when waiting_for ->> 'code' = $3 then waiting_for ->> 'since' else iso(now()) end), updated_at = now()
     where id = $1 and claim_epoch = $2 and state = 'Pending'`,
    [runId, epoch, wait.code, wait.detail],
  )
}

export type EngineCheck = {
  checkedAt: string
  ok: boolean
  detail: string | null
  openRuns: number
  orphans: string[]
}

export async function recordEngineCheck(
  db: Db,
  engine: string,
  check: Omit<EngineCheck, 'checkedAt'>,
): Promise<void> {
  await db.query(
    `insert into engine_check (engine, checked_at, ok, detail, open_runs, orphans) values ($1, now(), $2, $3, $4, $5)
     on conflict (engine) do update set checked_at = now(), ok = excluded.ok, detail = excluded.detail,
       open_runs = excluded.open_runs, orphans = excluded.orphans`,
    [engine, check.ok, check.detail, check.openRuns, check.orphans],
  )
}

/** The last look at an engine; undefined before the first. */
export async function findEngineCheck(db: Db, engine: string): Promise<EngineCheck | undefined> {
  const { rows } = await db.query<EngineCheck>(
    `select checked_at as "checkedAt", ok, detail, open_runs as "openRuns", orphans from engine_check where engine = $1`,
    [engine],
  )
  return rows[0]
}
