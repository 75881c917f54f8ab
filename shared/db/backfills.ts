// What a backfill says of itself: sums per index, workers, rates. Schema in sql/0005_work_item.sql.
import type { Db } from './database.ts'

export type IndexSums = {
  name: string
  targetName: string
  shards: number
  items: number
  itemsDone: number
  itemsFailed: number
  itemsUncounted: number
  bytesTotal: number
  bytesDone: number
  expected: number
  written: number
  rejected: number
  skipped: number
  existing: number | null
  targetCount: number | null
  targetObservedAt: string | null
  targetError: string | null
}

const indexColumns = `
  name, target_name as "targetName", shards, items, items_done as "itemsDone", items_failed as "itemsFailed",
  items_uncounted as "itemsUncounted", bytes_total as "bytesTotal", bytes_done as "bytesDone", expected, written,
  rejected, skipped, existing, target_count as "targetCount", target_observed_at as "targetObservedAt",
  target_error as "targetError"`

/** Sums of every index of a run, by name. */
export async function listIndexSums(db: Db, runId: string): Promise<IndexSums[]> {
  const { rows } = await db.query<IndexSums>(
    `select ${indexColumns} from run_index where run_id = $1 order by name`,
    [runId],
  )
  return rows
}

/** What the target says of an index now; an error keeps the last good count and its age. */
export async function recordTargetCount(
  db: Db,
  runId: string,
  name: string,
  observed: { count: number } | { error: string },
): Promise<void> {
  if ('count' in observed)
    await db.query(
      `update run_index set target_count = $3, target_observed_at = now(), target_error = null where run_id = $1 and name = $2`,
      [runId, name, observed.count],
    )
  else
    await db.query(`update run_index set target_error = $3 where run_id = $1 and name = $2`, [
      runId,
      name,
      observed.error,
    ])
}

export type WorkerRow = {
  worker: string
  lastSeenAt: string
  state: { waitingFor: { code: string; detail: string } | null; concurrency: number } | null
  items: { key: string; index: string; shard: number; since: string }[]
}

/** Workers seen within the last minute, with what each holds. */
export async function listWorkers(db: Db, runId: string): Promise<WorkerRow[]> {
  const { rows } = await db.query<WorkerRow>(
    `select w.worker, w.last_seen_at as "lastSeenAt", w.state,
       coalesce((
         select jsonb_agg(jsonb_build_object('key', i.key, 'index', i.index_name, 'shard', i.shard, 'since', iso(i.updated_at)) order by i.key)
         from work_item i where i.run_id = w.run_id and i.worker = w.worker and i.state = 'leased'), '[]') as items
     from run_worker w
     where w.run_id = $1 and w.last_seen_at > now() - interval '1 minute'
     order by w.worker limit 256`,
    [runId],
  )
  return rows
}

/** Notes the sums of this moment, at most every two seconds, for rates; samples older than ten minutes go. */
export async function recordSample(db: Db, runId: string): Promise<void> {
  await db.query(
    `insert into run_sample (run_id, at, documents, bytes)
     select $1, now(), sum(written + rejected + skipped), sum(bytes_done) from run_index where run_id = $1
       and not exists (select 1 from run_sample where run_id = $1 and at > now() - interval '2 seconds')
     having count(*) > 0
     on conflict do nothing`,
    [runId],
  )
  await db.query(`delete from run_sample where run_id = $1 and at < now() - interval '10 minutes'`, [runId])
}

/** Documents and bytes per second over the last minute; null before there are two samples. */
export async function readRate(
  db: Db,
  runId: string,
): Promise<{ documents: number; bytes: number; spread: number } | null> {
  const { rows } = await db.query<{ seconds: number; documents: number; bytes: number; samples: number }>(
    `select extract(epoch from max(at) - min(at))::float8 as seconds, max(documents) - min(documents) as documents,
       max(bytes) - min(bytes) as bytes, count(*) as samples
     from run_sample where run_id = $1 and at > now() - interval '1 minute'`,
    [runId],
  )
  const [row] = rows
  if (!row || row.samples < 2 || row.seconds < 1) return null
  const perSecond = (n: number) => Math.max(0, n / row.seconds)
  return {
    documents: perSecond(row.documents),
    bytes: perSecond(row.bytes),
    spread: row.samples < 10 ? 0.5 : 0.2,
  }
}

/** Target indexes that runs of this session wrote documents into. */
export async function listWrittenIndexes(db: Db, sessionId: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select distinct i.target_name as name from run_index i join run r on r.id = i.run_id
     where r.session_id = $1 and r.action = 'backfill' and i.written > 0 order by 1`,
    [sessionId],
  )
  return rows.map(({ name }) => name)
}

/** Failed documents of a run and of its items, in one look: whether anything is there to retry. */
export async function countFailures(db: Db, runId: string): Promise<{ documents: number; items: number }> {
  const { rows } = await db.query<{ documents: number; items: number }>(
    `select coalesce(sum(rejected), 0) as documents, coalesce(sum(items_failed), 0) as items from run_index where run_id = $1`,
    [runId],
  )
  return rows[0] ?? { documents: 0, items: 0 }
}

export type HeavyState = {
  phase: 'Planning' | 'Running' | 'Verifying' | null
  planned: boolean
  wantedWorkers: number | null
  shardsDone: number
  shardsFailed: number
}

export async function readHeavyRun(db: Db, runId: string): Promise<HeavyState> {
  const { rows } = await db.query<HeavyState>(
    `select phase, planned_at is not null as planned, wanted_workers as "wantedWorkers",
       shards_done as "shardsDone", shards_failed as "shardsFailed"
     from run where id = $1`,
    [runId],
  )
  return rows[0] ?? { phase: null, planned: false, wantedWorkers: null, shardsDone: 0, shardsFailed: 0 }
}

/** Whether every item of the plan is done or given up. */
export async function isWorkDone(db: Db, runId: string): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from work_item where run_id = $1 and state in ('waiting', 'leased') limit 1`,
    [runId],
  )
  return rows.length === 0
}

/** Some indexes whose count by the target was read longest ago. */
export async function listStaleIndexes(
  db: Db,
  runId: string,
  limit: number,
): Promise<{ name: string; targetName: string }[]> {
  const { rows } = await db.query<{ name: string; targetName: string }>(
    `select name, target_name as "targetName" from run_index
     where run_id = $1 and (target_observed_at is null or target_observed_at < now() - interval '5 seconds')
     order by target_observed_at nulls first, name limit $2`,
    [runId, limit],
  )
  return rows
}

/** Target indexes of the trials of a session, with their prefix, the newest trial first. */
export async function listTrialIndexes(
  db: Db,
  sessionId: string,
): Promise<{ prefix: string; name: string }[]> {
  const { rows } = await db.query<{ prefix: string; name: string }>(
    `select r.params #>> '{plan,trial,indexPrefix}' as prefix, i.target_name as name
     from run r join run_index i on i.run_id = r.id
     where r.session_id = $1 and r.action = 'backfill' and r.params #> '{plan,trial}' is not null
     order by r.created_at desc, i.target_name`,
    [sessionId],
  )
  return rows
}
