// Runs: one row per execution of an action, and the only place that moves one. Schema in sql/0002_run.sql.
import type { Knobs } from '../domain/backfill.ts'
import type { Action, Run, RunError } from '../domain/run.ts'
import { Problem } from '../problems.ts'
import { type Db, momentOf } from './database.ts'
import { appendEvent } from './events.ts'
import { runJson } from './run-columns.ts'
import { storableJson } from './storable.ts'

type NewRun = {
  sessionId: string
  action: Action
  params: Record<string, unknown>
  configVersion: number
  retryOf?: string | undefined
  requestedBy: string
  requestId: string
  traceparent: string | null
  /** Of a heavy run: how many workers are wanted, and what may change while it runs. */
  workers?: number
  knobs?: Knobs
}

/** Opens a run. The partial unique index `one_open_run` makes a second one lose the race. */
export async function insertRun(db: Db, run: NewRun): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `insert into run (session_id, action, params, config_version, retry_of, requested_by, request_id, traceparent,
         wanted_workers, knobs)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (session_id, action) where finished_at is null do nothing
       returning id`,
      [
        run.sessionId,
        run.action,
        run.params,
        run.configVersion,
        run.retryOf ?? null,
        run.requestedBy,
        run.requestId,
        run.traceparent,
        run.workers ?? null,
        run.knobs ?? null,
      ],
    )
    if (!rows[0]) throw await inProgress(tx, run)
    const opened = await getRun(tx, rows[0].id)
    await announce(tx, opened, run.requestedBy, run.requestId)
    return opened
  })
}

async function inProgress(db: Db, { sessionId, action }: NewRun): Promise<Problem> {
  const open = await findLatestRun(db, sessionId, action)
  return new Problem('run_in_progress', `A ${action} run is open; wait for it or stop it`, {
    headers: open ? { location: `/runs/${open.id}` } : {},
    members: { runId: open?.id },
  })
}

export async function findRun(db: Db, id: string): Promise<Run | undefined> {
  const { rows } = await db.query<{ run: Run }>(`select ${runJson} as run from run r where r.id = $1`, [id])
  return rows[0]?.run
}

export async function getRun(db: Db, id: string): Promise<Run> {
  const run = await findRun(db, id)
  if (!run) throw new Problem('run_not_found', 'The run is gone')
  return run
}

export async function findLatestRun(db: Db, sessionId: string, action: Action): Promise<Run | undefined> {
  const { rows } = await db.query<{ run: Run }>(
    `select ${runJson} as run from run r
     where r.session_id = $1 and r.action = $2 order by r.created_at desc, r.id desc limit 1`,
    [sessionId, action],
  )
  return rows[0]?.run
}

/**
 * The newest run of an action that another action may build upon: one that began, that is no trial (`whole`), that had
 * effects and ended well enough (`effects`).
 */
export async function findLastRunLike(
  db: Db,
  sessionId: string,
  action: Action,
  like: { whole?: boolean; effects?: boolean },
): Promise<Run | undefined> {
  const { rows } = await db.query<{ run: Run }>(
    `select ${runJson} as run from run r
     where r.session_id = $1 and r.action = $2 and r.started_at is not null
       and (not $3 or r.params #> '{plan,trial}' is null)
       and (not $4 or r.state in ('Completed', 'CompletedWithErrors') and r.params ->> 'dryRun' is distinct from 'true')
     order by r.created_at desc, r.id desc limit 1`,
    [sessionId, action, like.whole ?? false, like.effects ?? false],
  )
  return rows[0]?.run
}

type RunFilter = {
  action?: string | undefined
  state?: string | undefined
  after: readonly [string, string] | undefined
  limit: number
}

/** Newest first; one more than `limit`. */
export async function listRuns(db: Db, sessionId: string, filter: RunFilter): Promise<Run[]> {
  const { rows } = await db.query<{ run: Run }>(
    `select ${runJson} as run from run r
     where r.session_id = $1
       and ($2::text is null or r.action = $2)
       and ($3::text is null or r.state = $3)
       and ($4::timestamptz is null or (r.created_at, r.id) < (${momentOf('run', '$4', '$5')}, $5::uuid))
     order by r.created_at desc, r.id desc limit $6`,
    [
      sessionId,
      filter.action ?? null,
      filter.state ?? null,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit + 1,
    ],
  )
  return rows.map(({ run }) => run)
}

type Submitted = {
  runId: string
  session: string
  action: string
  traceparent: string | null
  gates: string[]
}

/** What an engine is told of a run that becomes a workflow. */
export async function findSubmission(db: Db, id: string): Promise<Submitted | undefined> {
  const { rows } = await db.query<Submitted>(
    `select r.id as "runId", s.name as session, r.action, r.traceparent, coalesce(r.params #> '{plan,gates}', '[]') as gates
     from run r join session s on s.id = r.session_id where r.id = $1`,
    [id],
  )
  return rows[0]
}

export const CLAIM_SECONDS = 10

/** The right to work on a light run; writes under an older epoch are refused. */
export type Claim = { runId: string; epoch: number }

/**
 * Takes the right to work on an open run that nobody works on, and moves a Pending one to Running. Undefined where
 * the run has ended or somebody holds it: a second delivery of the same job finds exactly that.
 */
export async function claimRun(
  db: Db,
  id: string,
): Promise<{ run: Run; claim: Claim; fruitless: number } | undefined> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.query<{ epoch: number; fruitless: number; moved: boolean }>(
      `update run r
       set state = case when r.state = 'Pending' then 'Running' else r.state end,
           started_at = coalesce(r.started_at, now()), updated_at = now(),
           claim_epoch = r.claim_epoch + 1, report_number = 0,
           claimed_until = now() + make_interval(secs => $2),
           claims_without_progress = r.claims_without_progress + 1
       from run before
       where r.id = $1 and before.id = r.id and r.finished_at is null
         and (r.claimed_until is null or r.claimed_until < now())
       returning r.claim_epoch as epoch, r.claims_without_progress as fruitless, before.state = 'Pending' as moved`,
      [id, CLAIM_SECONDS],
    )
    const [row] = rows
    if (!row) return undefined
    const run = await getRun(tx, id)
    if (row.moved) await announce(tx, run, null, null)
    return { run, claim: { runId: id, epoch: row.epoch }, fruitless: row.fruitless }
  })
}

/** Says that the holder lives. `lost` where another took over; else whether the run is to go on. */
export async function renewClaim(db: Db, { runId, epoch }: Claim): Promise<'continue' | 'stop' | 'lost'> {
  const { rows } = await db.query<{ state: string }>(
    `update run set claimed_until = now() + make_interval(secs => $3)
     where id = $1 and claim_epoch = $2 and finished_at is null
     returning state`,
    [runId, epoch, CLAIM_SECONDS],
  )
  if (!rows[0]) return 'lost'
  return rows[0].state === 'Stopping' ? 'stop' : 'continue'
}

/**
 * Lets a run go, so that the next delivery may claim it at once; its state stays. Who checks out in an orderly way
 * gives the start back that the claim counted.
 */
export async function releaseClaim(
  db: Db,
  { runId, epoch }: Claim,
  { counted }: { counted: boolean },
): Promise<void> {
  await db.query(
    `update run
     set claimed_until = now(), claims_without_progress = claims_without_progress - case when $3 or claims_without_progress = 0 then 0 else 1 end
     where id = $1 and claim_epoch = $2 and finished_at is null`,
    [runId, epoch, counted],
  )
}

/**
 * Ends a run with the accepted result of its tool. Completed is judged here, in the transaction that ends the run:
 * any failed item makes it CompletedWithErrors.
 */
export async function completeRun(
  db: Db,
  { runId, epoch }: Claim,
  result: Record<string, unknown>,
): Promise<Run> {
  return finish(
    db,
    `state = case when exists (select 1 from run_item where run_id = $1 and outcome = 'failed')
       then 'CompletedWithErrors' else 'Completed' end, result = $3`,
    [runId, epoch, storableJson(result)],
  )
}

/** Ends a run whose tool could not do its work. */
export async function failRun(db: Db, { runId, epoch }: Claim, error: RunError): Promise<Run> {
  return finish(db, `state = 'Failed', error = $3`, [runId, epoch, storableJson(error)])
}

/** Ends a run that was asked to stop and whose tool has let go. */
export async function settleStoppedRun(db: Db, { runId, epoch }: Claim): Promise<Run> {
  return finish(db, `state = 'Stopped'`, [runId, epoch])
}

async function finish(db: Db, change: string, values: unknown[]): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run set ${change}, finished_at = clock_timestamp(), updated_at = clock_timestamp(), claimed_until = null
       where id = $1 and claim_epoch = $2 and finished_at is null`,
      values,
    )
    if (rowCount === 0) throw new Problem('lease_lost', 'Another process took the run over, or it has ended')
    const run = await getRun(tx, String(values[0]))
    await announce(tx, run, null, null)
    return run
  })
}

/**
 * Whether a run goes on elsewhere without a holder, until it is told to end: a source takes its snapshot by itself,
 * a workflow in Kubernetes runs by itself.
 */
const goesOn = `(action = 'snapshot' and started_at is not null or coalesce(workflow ->> 'engine', '') = 'argo')`

/** Asks an open run to stop. One that nobody works on is stopped at once; stopping twice is harmless. */
export async function stopRun(
  db: Db,
  id: string,
  by: { actor: string; requestId: string; reason: string | null },
): Promise<Run> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run
       set state = case when coalesce(claimed_until < now(), true) and not ${goesOn} then 'Stopped' else 'Stopping' end,
           finished_at = case when coalesce(claimed_until < now(), true) and not ${goesOn} then clock_timestamp() end,
           claimed_until = case when claimed_until >= now() then claimed_until end,
           reason = coalesce($2, reason), updated_at = clock_timestamp()
       where id = $1 and finished_at is null`,
      [id, by.reason],
    )
    const run = await getRun(tx, id)
    if (rowCount === 0) throw new Problem('run_not_open', `The run has ended: ${run.state}`)
    await announce(tx, run, by.actor, by.requestId)
    return run
  })
}

/** Fails an open run that nobody can finish any more. Only a run without a live holder moves. */
export async function abandonRun(db: Db, id: string, error: RunError): Promise<boolean> {
  return db.transaction(async (tx) => {
    const { rowCount } = await tx.query(
      `update run
       set state = 'Failed', error = $2, finished_at = clock_timestamp(), updated_at = clock_timestamp(), claimed_until = null
       where id = $1 and finished_at is null and (claimed_until is null or claimed_until < now())`,
      [id, error],
    )
    if (rowCount === 0) return false
    await announce(tx, await getRun(tx, id), null, null)
    return true
  })
}

/** An open run that nobody works on. */
export type UnheldRun = {
  id: string
  action: Action
  state: string
  /** Whether workers do it, looked after by ticks. */
  heavy: boolean
  /** The engine of its workflow; null before it has one. */
  engine: string | null
  claims: number
  fruitless: number
  ageSeconds: number
}

const unheld = `
  select id, action, state, wanted_workers is not null as heavy, workflow ->> 'engine' as engine, claim_epoch as claims,
    claims_without_progress as fruitless,
    extract(epoch from now() - greatest(created_at, claimed_until))::float8 as "ageSeconds"
  from run where finished_at is null and (claimed_until is null or claimed_until < now())`

/** To be queued again, stopped, or given up. */
export async function listUnheldRuns(db: Db): Promise<UnheldRun[]> {
  const { rows } = await db.query<UnheldRun>(`${unheld} order by created_at limit 1000`)
  return rows
}

export async function findUnheldRun(db: Db, id: string): Promise<UnheldRun | undefined> {
  const { rows } = await db.query<UnheldRun>(`${unheld} and id = $1`, [id])
  return rows[0]
}

/** Says that a run moved, in the transaction that moves it. */
export async function announce(
  tx: Db,
  run: Run,
  actor: string | null,
  requestId: string | null,
): Promise<void> {
  const { id, sessionId, action, state, error } = run
  await appendEvent(tx, {
    sessionId,
    runId: id,
    type: 'run.state',
    data: { action, state, error },
    actor,
    requestId,
  })
}
