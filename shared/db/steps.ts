// Steps of a heavy run: plan, work, verify. Schema in sql/0006_run_step.sql.
import type { RunError } from '../domain/run.ts'
import type { Db } from './database.ts'

export type Step = 'plan' | 'work' | 'verify'
export type StepRow = {
  result: Record<string, unknown> | null
  error: RunError | null
  starts: number
  due: boolean
  /** Seconds since the step last said something. */
  ageSeconds: number
}

/** Keeps what a step said; told again, the later word counts. */
export async function recordStepResult(
  db: Db,
  runId: string,
  step: Step,
  said: { result: Record<string, unknown> | null; error: RunError | null },
): Promise<void> {
  await db.query(
    `insert into run_step (run_id, step, result, error) values ($1, $2, $3, $4)
     on conflict (run_id, step) do update set result = excluded.result, error = excluded.error, updated_at = now()`,
    [runId, step, said.result, said.error],
  )
}

export async function findStep(db: Db, runId: string, step: Step): Promise<StepRow> {
  const { rows } = await db.query<StepRow>(
    `select result, error, starts, coalesce(not_before <= now(), true) as due,
       extract(epoch from now() - updated_at)::float8 as "ageSeconds" from run_step where run_id = $1 and step = $2`,
    [runId, step],
  )
  return rows[0] ?? { result: null, error: null, starts: 0, due: true, ageSeconds: 0 }
}

/**
 * Counts that a process of the step ended before its time; the next start waits 1, 2, 4 … at most 60 seconds. Workers
 * that end while the step waits already count as one.
 */
export async function countCrash(db: Db, runId: string, step: Step): Promise<void> {
  await db.query(
    `insert into run_step (run_id, step, starts, not_before) values ($1, $2, 1, now() + interval '1 second')
     on conflict (run_id, step) do update
     set starts = run_step.starts + 1, not_before = now() + make_interval(secs => least(60, power(2, run_step.starts))), updated_at = now()
     where run_step.not_before is null or run_step.not_before <= now()`,
    [runId, step],
  )
}

/** The step got further, so its next crash is the first again. */
export async function forgiveStarts(db: Db, runId: string, step: Step): Promise<void> {
  await db.query(
    `update run_step set starts = 0, not_before = null where run_id = $1 and step = $2 and starts > 0`,
    [runId, step],
  )
}
