// Work items: planned once, leased to one worker at a time, fenced by their epoch. Schema in sql/0005_work_item.sql.
import type { Knobs } from '../domain/backfill.ts'
import type {
  CheckpointAnswer,
  Completed,
  Held,
  LeaseAnswer,
  LeasedItem,
  ListedItem,
  WorkItemError,
} from '../domain/work-item.ts'
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'

export const LEASE_SECONDS = 30
/** Leases of an item without progress before it is failed and the run goes on without it. */
export const ATTEMPTS = 5
const WAIT_MS = 1_000

type RunRow = {
  state: string
  phase: string | null
  wanted: number
  knobs: Knobs
  holders: number
  holds: boolean
  rank: number
  /** Workers that were seen lately, holders or not. */
  seen: number
  /** Whether an item cost its holders their lives too often. */
  poisoned: boolean
}

/** What a worker's next step depends on. `rank` is its place among those who hold items, by name. */
async function readRun(db: Db, runId: string, worker: string): Promise<RunRow> {
  const { rows } = await db.query<RunRow>(
    `with holder as (
       select distinct worker from work_item
       where run_id = $1 and state = 'leased' and lease_expires_at > app_now()
     )
     select r.state, r.phase, r.wanted_workers as wanted, r.knobs,
       (select count(*) from holder) as holders,
       exists (select 1 from holder where worker = $2) as holds,
       (select count(*) from holder where worker < $2) as rank,
       (select count(*) from run_worker where run_id = $1 and last_seen_at > now() - interval '1 minute') as seen,
       exists (select 1 from work_item
               where run_id = $1 and state = 'leased' and lease_expires_at < app_now() and attempts >= $3) as poisoned
     from run r where r.id = $1`,
    [runId, worker, ATTEMPTS],
    'work-items-run',
  )
  if (!rows[0]) throw new Problem('run_not_found', 'The run is gone')
  return rows[0]
}

const leased = `
  key, spec, expected, epoch, cursor, attempts as attempt, iso(lease_expires_at) as "leaseExpiresAt",
  jsonb_build_object('written', written, 'rejected', rejected, 'skipped', skipped, 'bytes', source_bytes) as counts`

/** Gives a worker its next items, the first by priority and size, or says what to do instead. */
export async function leaseItems(db: Db, runId: string, worker: string, max: number): Promise<LeaseAnswer> {
  await seeWorker(db, runId, worker, null)
  const asked = { runId, worker, max }
  return (await leaseBeside(db, asked)) ?? (await leaseAlone(db, asked))
}

type Asked = { runId: string; worker: string; max: number }

/**
 * While no more workers are about than are wanted, all of them may lease at once; null where there are more. Each was
 * seen before it counts, and whoever is one too many waits in `leaseAlone` until those who counted fewer have committed.
 */
async function leaseBeside(db: Db, asked: Asked): Promise<LeaseAnswer | null> {
  return db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock_shared(hashtextextended($1, 2))`, [asked.runId])
    const run = await readRun(tx, asked.runId, asked.worker)
    return run.seen > run.wanted ? null : give(tx, asked, run)
  })
}

/** One lease of a run at a time, so that the number of holders is what it says. */
async function leaseAlone(db: Db, asked: Asked): Promise<LeaseAnswer> {
  return db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 2))`, [asked.runId])
    return give(tx, asked, await readRun(tx, asked.runId, asked.worker))
  })
}

async function give(tx: Db, { runId, worker, max }: Asked, run: RunRow): Promise<LeaseAnswer> {
  const knobs = shareOf(run)
  const nothing = (next: NonNullable<LeaseAnswer['next']>, retryAfterMs = WAIT_MS) => ({
    items: [],
    next,
    retryAfterMs,
    knobs,
  })
  if (run.state === 'Paused') return nothing('paused', 2_000)
  if (run.state !== 'Running') return nothing('stopped', 0)
  if (run.phase !== 'Running') return nothing(run.phase === 'Verifying' ? 'done' : 'wait')
  if (!run.holds && run.holders >= run.wanted) return nothing('wait', 2_000)
  if (run.poisoned) await failPoison(tx, runId)
  const items = await take(tx, runId, worker, max)
  if (items.length > 0) return { items, next: null, retryAfterMs: 0, knobs }
  return (await isAllTerminal(tx, runId)) ? nothing('done', 0) : nothing('wait')
}

async function take(tx: Db, runId: string, worker: string, max: number): Promise<LeasedItem[]> {
  const { rows } = await tx.query<LeasedItem>(
    `with taken as (update work_item set state = 'leased', worker = $2, epoch = epoch + 1, attempts = attempts + 1,
       lease_expires_at = app_now() + make_interval(secs => $4), updated_at = app_now()
     where (run_id, key) in (
       select run_id, key from work_item
       where run_id = $1 and state in ('waiting', 'leased')
         and (state = 'waiting' or lease_expires_at < app_now())
         and (not_before is null or not_before <= app_now())
       order by priority, bytes desc, key
       limit $3
       for update skip locked)
     returning *)
     select ${leased} from taken order by priority, bytes desc, key`,
    [runId, worker, max, LEASE_SECONDS],
    'work-items-take',
  )
  return rows
}

/** An item that cost its holder the life too often is failed and named; the run goes on. */
async function failPoison(tx: Db, runId: string): Promise<void> {
  await tx.query(
    `update work_item set state = 'failed', worker = null, lease_expires_at = null, error = jsonb_build_object(
       'code', 'poison_item', 'message', 'Every worker that took this part ended without getting further',
       'evidence', jsonb_build_object('attempts', attempts, 'lastWorker', worker),
       'remedy', 'Read the log of the last worker; raise its memory if it was killed, then retry the failed', 'retryable', false)
     where run_id = $1 and state = 'leased' and lease_expires_at < app_now() and attempts >= $2`,
    [runId, ATTEMPTS],
  )
}

async function isAllTerminal(tx: Db, runId: string): Promise<boolean> {
  const { rows } = await tx.query(
    `select 1 from work_item where run_id = $1 and state in ('waiting', 'leased') limit 1`,
    [runId],
  )
  return rows.length === 0
}

/** Rates are for the whole run; a worker gets its share. */
function shareOf({ knobs, holders, holds }: RunRow): Knobs {
  const workers = Math.max(1, holders + (holds ? 0 : 1))
  const { rateLimit } = knobs
  const share = (rate: number | null) => (rate === null ? null : rate / workers)
  return rateLimit
    ? { ...knobs, rateLimit: { documents: share(rateLimit.documents), bytes: share(rateLimit.bytes) } }
    : knobs
}

/** A worker that was just seen is not written down again: it may ask for items twice a second. */
async function seeWorker(tx: Db, runId: string, worker: string, state: Held['state'] | null): Promise<void> {
  await tx.query(
    `insert into run_worker (run_id, worker, state)
     select $1, $2, $3 where $3::jsonb is not null or not exists (
       select 1 from run_worker where run_id = $1 and worker = $2 and last_seen_at > now() - interval '5 seconds')
     on conflict (run_id, worker) do update set last_seen_at = now(), state = coalesce(excluded.state, run_worker.state)`,
    [runId, worker, state ?? null],
    'work-items-seen',
  )
}

/** Ends the leases of workers that are known to be gone. An item is then anybody's, or poison, as if time had passed. */
export async function expireLeases(db: Db, runId: string, workerPrefix: string): Promise<void> {
  await db.query(
    `update work_item set lease_expires_at = app_now() - interval '1 millisecond'
     where run_id = $1 and state = 'leased' and starts_with(worker, $2) and lease_expires_at > app_now()`,
    [runId, workerPrefix],
  )
}

/** Whether a holder got further than the item was: a lease that did is no failed attempt. */
const further = `coalesce($5::jsonb, cursor) is distinct from cursor`

type Move = {
  name: string
  change: string
  more?: unknown[]
  /** States that the same call leaves: a holder who never saw our answer may send it again. */
  leaves?: string[]
}

/** The statement that every holder's call ends in: only the epoch that holds the item moves it, and only once. Gives when its lease ends. */
async function move(
  db: Db,
  runId: string,
  key: string,
  held: Held,
  { name, change, more = [], leaves = [] }: Move,
): Promise<string | null> {
  const { written, rejected, skipped, bytes } = held.counts
  const { rows } = await db.query<{ expires: string | null }>(
    `update work_item set ${change}, cursor = coalesce($5, cursor), written = $6, rejected = $7, skipped = $8, source_bytes = $9,
       updated_at = app_now()
     where run_id = $1 and key = $2 and epoch = $3 and worker = $4 and state = 'leased'
     returning iso(lease_expires_at) as expires`,
    [runId, key, held.epoch, held.worker, held.cursor, written, rejected, skipped, bytes, ...more],
    `work-items-${name}`,
  )
  if (rows[0]) return rows[0].expires
  const before = await db.query(
    `select 1 from work_item where run_id = $1 and key = $2 and epoch = $3 and state = any($4)`,
    [runId, key, held.epoch, leaves],
  )
  if (before.rows.length === 0)
    throw new Problem(
      'lease_lost',
      `Another worker holds the item "${key}" now, or the run has ended; drop it`,
    )
  return null
}

/** Extends the lease and keeps where the item stands. An item that moved is no poison. */
export async function checkpointItem(
  db: Db,
  runId: string,
  key: string,
  held: Held,
): Promise<CheckpointAnswer> {
  return db.transaction(async (tx) => {
    const leaseExpiresAt = await move(tx, runId, key, held, {
      name: 'checkpoint',
      change: `lease_expires_at = app_now() + make_interval(secs => $10), attempts = case when ${further} then 0 else attempts end`,
      more: [LEASE_SECONDS],
    })
    await seeWorker(tx, runId, held.worker, held.state)
    const run = await readRun(tx, runId, held.worker)
    const keep = run.state === 'Running' && run.phase === 'Running' && run.rank < run.wanted
    return { continue: keep, leaseExpiresAt: leaseExpiresAt ?? '', knobs: shareOf(run) }
  })
}

export async function completeItem(db: Db, runId: string, key: string, held: Completed): Promise<void> {
  await move(db, runId, key, held, {
    name: 'complete',
    change: `state = 'done', worker = null, lease_expires_at = null, error = null, expected = $10, result = $11`,
    more: [held.expected, held.result ?? null],
    leaves: ['done'],
  })
}

/** Gives the item back where it stands; it is no failed attempt. */
export async function releaseItem(db: Db, runId: string, key: string, held: Held): Promise<void> {
  await move(db, runId, key, held, {
    name: 'release',
    change: `state = 'waiting', worker = null, lease_expires_at = null, 
        attempts = case when ${further} then 0 else greatest(0, attempts - 1) end`,
    leaves: ['waiting'],
  })
}

/** Tries again later, each time twice as late; a hopeless item or one that failed too often is failed and named. */
export async function failItem(
  db: Db,
  runId: string,
  key: string,
  held: Held & { error: WorkItemError },
): Promise<void> {
  await move(db, runId, key, held, {
    name: 'fail',
    change: `state = case when $11 and (attempts < $12 or ${further}) then 'waiting' else 'failed' end, worker = null, lease_expires_at = null,
       not_before = app_now() + make_interval(secs => least(60, power(2, attempts))), error = $10,
        attempts = case when ${further} then 0 else attempts end`,
    more: [held.error, held.error.retryable, ATTEMPTS],
    leaves: ['waiting', 'failed'],
  })
}

/** Items by key with what each found, at most `limit` after a key; one more than `limit`. */
export async function listWorkItems(
  db: Db,
  runId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<ListedItem[]> {
  const { rows } = await db.query<ListedItem>(
    `select key, spec, state, expected, result, error,
       jsonb_build_object('written', written, 'rejected', rejected, 'skipped', skipped, 'bytes', source_bytes) as counts
     from work_item where run_id = $1 and ($2::text is null or key > $2) order by key limit $3`,
    [runId, after ?? null, limit + 1],
  )
  return rows
}
