// What belongs to a run: items, issues, artifacts, logs. Schema in sql/0002_run.sql.
import type { Artifact, Issue, LogLine, OutcomeCounts, RunItem, WaitingFor } from '../domain/run.ts'
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'

type ItemFilter = {
  kind?: string | undefined
  outcome?: string | undefined
  search?: string | undefined
  after: readonly [kind: string, name: string] | undefined
  limit: number
}

/** By kind and name; one more than `limit`. */
export async function listItems(db: Db, runId: string, filter: ItemFilter): Promise<RunItem[]> {
  const { rows } = await db.query<RunItem>(
    `select kind, name, outcome, detail, updated_at as "updatedAt" from run_item
     where run_id = $1
       and ($2::text is null or kind = $2)
       and ($3::text is null or outcome = $3)
       and ($4::text is null or strpos(lower(name), lower($4)) > 0)
       and ($5::text is null or (kind, name) > ($5, $6))
     order by kind, name limit $7`,
    [
      runId,
      filter.kind ?? null,
      filter.outcome ?? null,
      filter.search ?? null,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit + 1,
    ],
  )
  return rows
}

export async function countItems(db: Db, runId: string): Promise<OutcomeCounts> {
  const { rows } = await db.query<{ outcome: keyof OutcomeCounts; count: number }>(
    `select outcome, count(*) as count from run_item where run_id = $1 group by outcome`,
    [runId],
  )
  const counts = { ok: 0, skipped: 0, warning: 0, failed: 0 }
  for (const { outcome, count } of rows) counts[outcome] = count
  return counts
}

/** Kind and name of every item of a run, or of those with one outcome. */
export async function listItemKeys(
  db: Db,
  runId: string,
  outcome?: keyof OutcomeCounts,
): Promise<{ kind: string; name: string }[]> {
  const { rows } = await db.query<{ kind: string; name: string }>(
    `select kind, name from run_item where run_id = $1 and ($2::text is null or outcome = $2) order by kind, name`,
    [runId, outcome ?? null],
  )
  return rows
}

const severityOrder = `case severity when 'error' then 0 when 'warning' then 1 else 2 end`

/** Worst first; one more than `limit`. */
export async function listIssues(
  db: Db,
  runId: string,
  filter: { after: readonly [order: number, id: number] | undefined; limit: number },
): Promise<(Issue & { order: number })[]> {
  const { rows } = await db.query<Issue & { order: number }>(
    `select id, code, severity, origin, retryable, nullif(scope, '') as scope, message, evidence, remedy, count,
       first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", ${severityOrder} as order
     from run_issue
     where run_id = $1 and ($2::bigint is null or (${severityOrder}, id) > ($2, $3::bigint))
     order by ${severityOrder}, id limit $4`,
    [runId, filter.after?.[0] ?? null, filter.after?.[1] ?? null, filter.limit + 1],
  )
  return rows
}

const artifactColumns = `
  name, media_type as "mediaType", size, sha256, '/runs/' || run_id || '/artifacts/' || name as href,
  created_at as "createdAt"`

/** By name. `basePath` is where the door mounts the API, for a `href` is an absolute path. */
export async function listArtifacts(db: Db, runId: string, basePath: string): Promise<Artifact[]> {
  const { rows } = await db.query<Artifact>(
    `select ${artifactColumns} from artifact where run_id = $1 order by name limit 1000`,
    [runId],
  )
  return rows.map((row) => ({ ...row, href: basePath + row.href }))
}

export async function findArtifact(db: Db, runId: string, name: string): Promise<Artifact | undefined> {
  const { rows } = await db.query<Artifact>(
    `select ${artifactColumns} from artifact where run_id = $1 and name = $2`,
    [runId, name],
  )
  return rows[0]
}

/**
 * Records a file that is durable already; told again, the newer file is meant. With the epoch of a claim, only while
 * that claim holds.
 */
export async function recordArtifact(
  db: Db,
  artifact: { runId: string; name: string; mediaType: string; size: number; sha256: string },
  epoch?: number,
): Promise<void> {
  const { rowCount } = await db.query(
    `insert into artifact (run_id, name, media_type, size, sha256)
     select id, $2, $3, $4, $5 from run
     where id = $1 and ($6::integer is null or claim_epoch = $6 and finished_at is null)
     on conflict (run_id, name) do update
     set media_type = excluded.media_type, size = excluded.size, sha256 = excluded.sha256, created_at = now()`,
    [artifact.runId, artifact.name, artifact.mediaType, artifact.size, artifact.sha256, epoch ?? null],
  )
  if (rowCount === 0) throw new Problem('lease_lost', 'Another process took the run over, or it has ended')
}

type LogFilter = {
  after: number
  level?: string | undefined
  search?: string | undefined
  worker?: string | undefined
  limit: number
}

const levelsFrom = `array['debug', 'info', 'warn', 'error']`

/**
 * After an id, at `level` or above, of workers whose name begins with `worker`; at most `limit`. Lines arrive in batches
 * of each worker, so a page is put in the order of time; the cursor stays the order of arrival, which misses nothing.
 */
export async function listLogLines(db: Db, runId: string, filter: LogFilter): Promise<LogLine[]> {
  const { rows } = await db.query<LogLine>(
    `select * from (select id, at, level, worker, message, fields from log_line
     where run_id = $1 and id > $2
       and ($3::text is null or array_position(${levelsFrom}, level) >= array_position(${levelsFrom}, $3))
       and ($4::text is null or strpos(lower(message), lower($4)) > 0)
       and ($6::text is null or starts_with(worker, $6))
     order by id limit $5) page order by at, id`,
    [runId, filter.after, filter.level ?? null, filter.search ?? null, filter.limit, filter.worker ?? null],
  )
  return rows
}

/** What the engine says keeps the run from going on, as long as it was said a moment ago; an end of a worker does not. */
export async function findEngineTrouble(db: Db, runId: string): Promise<WaitingFor | null> {
  const { rows } = await db.query<WaitingFor>(
    `select code, message as detail, iso(first_seen_at) as since from run_issue
     where run_id = $1 and origin = 'engine' and scope = '' and last_seen_at > now() - interval '15 seconds'
     order by last_seen_at desc, id limit 1`,
    [runId],
  )
  return rows[0] ?? null
}
