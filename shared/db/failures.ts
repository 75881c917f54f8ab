// Failed documents of a backfill: their groups and the files that hold them. Schema in sql/0002_run.sql.
import type { Artifact, Issue } from '../domain/run.ts'
import type { Db } from './database.ts'

/** A run and those whose checkpoints it went on from: what they could not write is its own too. Newest first. */
const chain = `
  with recursive chain as (
    select id, params, 0 as depth from run where id = $1
    union all
    select r.id, r.params, c.depth + 1 from chain c join run r on r.id = (c.params #>> '{plan,resumeFrom}')::uuid
  )`

/** The documents of one normalised cause. `key` is the same in every run. */
export type FailureGroup = Issue & { key: string; documents: number }

/** The largest first, at most 500. Each worker counts its own documents, absolutely; here they are added up. */
export async function listFailureGroups(db: Db, runId: string): Promise<FailureGroup[]> {
  const { rows } = await db.query<Issue & { key: string; byWorker: Record<string, number> }>(
    `${chain}
     select i.id, code, severity, origin, retryable, nullif(scope, '') as scope, message, evidence, remedy, count,
       first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", substring(scope from 'cause:(\\S+)$') as key,
       coalesce(evidence -> 'byWorker', jsonb_build_object(evidence ->> 'worker', evidence -> 'documents')) as "byWorker"
     from chain join run_issue i on i.run_id = chain.id
     where code = 'documents_rejected' and scope ~ 'cause:\\S+$'
     order by chain.depth desc, i.id`,
    [runId],
  )
  const groups = new Map<string, (typeof rows)[number]>()
  for (const row of rows) {
    const known = groups.get(row.key)
    groups.set(row.key, { ...row, byWorker: { ...known?.byWorker, ...row.byWorker } })
  }
  return [...groups.values()]
    .map(({ byWorker, ...issue }) => {
      const documents = Object.values(byWorker).reduce((sum, count) => sum + count, 0)
      return { ...issue, documents, count: documents }
    })
    .sort((a, b) => b.documents - a.documents || (a.key < b.key ? -1 : 1))
    .slice(0, 500)
}

/** The files of failed documents, by run and name, at most `limit`. `basePath` is where the door mounts the API. */
export async function listFailureFiles(
  db: Db,
  runId: string,
  { basePath = '', limit = 1_000 }: { basePath?: string; limit?: number | null } = {},
): Promise<(Artifact & { runId: string })[]> {
  const { rows } = await db.query<Artifact & { runId: string }>(
    `${chain}
     select a.run_id as "runId", name, media_type as "mediaType", size, sha256,
       '/runs/' || a.run_id || '/artifacts/' || name as href, a.created_at as "createdAt"
     from chain join artifact a on a.run_id = chain.id
     where starts_with(name, 'failed-documents') order by chain.depth, name limit $2`,
    [runId, limit],
  )
  return rows.map((row) => ({ ...row, href: basePath + row.href }))
}
