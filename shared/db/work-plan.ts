// The plan of a heavy run: its indexes and work items, and what they take over from the runs before it. Schema in
// sql/0005_work_item.sql.
import type { PlannedIndex, PlannedItem } from '../domain/work-item.ts'
import type { Db } from './database.ts'

/** Adds indexes and items; what is there already stays as it is, so a plan may be sent twice. */
export async function planWork(
  db: Db,
  runId: string,
  plan: { indexes: PlannedIndex[]; items: PlannedItem[]; complete: boolean },
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into run_index (run_id, name, target_name, shards, existing)
       select $1, name, "targetName", shards, "existingDocuments"
       from jsonb_to_recordset($2::jsonb) as t (name text, "targetName" text, shards integer, "existingDocuments" bigint)
       on conflict do nothing`,
      [runId, JSON.stringify(plan.indexes)],
    )
    await tx.query(
      `insert into work_item (run_id, key, index_name, shard, spec, priority, bytes, expected)
       select $1, key, spec ->> 'index', (spec ->> 'shard')::integer, spec, priority, bytes, expected
       from jsonb_to_recordset($2::jsonb) as t (key text, spec jsonb, priority integer, bytes bigint, expected bigint)
       on conflict do nothing`,
      [runId, JSON.stringify(plan.items)],
    )
    if (plan.complete) await finishPlan(tx, runId)
  })
}

/** Takes over what an earlier run of the same plan had done, and opens the items to the workers. */
async function finishPlan(tx: Db, runId: string): Promise<void> {
  await tx.query(
    `update work_item n
     set state = case when o.state = 'done' then 'done' else 'waiting' end, cursor = o.cursor, expected = coalesce(n.expected, o.expected),
         written = o.written, rejected = o.rejected, skipped = o.skipped, source_bytes = o.source_bytes, result = o.result
     from run r, work_item o
     where r.id = $1 and r.planned_at is null and n.run_id = r.id and n.epoch = 0
       and o.run_id = (r.params #>> '{plan,resumeFrom}')::uuid and o.key = n.key and o.spec = n.spec`,
    [runId],
  )
  await takeOver(tx, runId)
  await tx.query(
    `update run set planned_at = coalesce(planned_at, now()) where id = $1 and finished_at is null`,
    [runId],
  )
}

/**
 * A retry takes over what the earlier run had done, with what that one had retried itself. Of one group only the
 * documents that were planned are done again: the items that they are of are done without them, so that
 * expected = written + rejected + skipped stands for both runs together. Without a group every item that failed or had
 * documents rejected is done again whole.
 */
async function takeOver(tx: Db, runId: string): Promise<void> {
  await tx.query(
    `with retry as (
       select id, retry_of, params ->> 'group' as cause from run where id = $1 and planned_at is null),
     before as (
       select coalesce(o.spec ->> 'of', o.key) as key, bool_and(o.state = 'done') as done, sum(o.expected) as expected,
         sum(o.written) as written, sum(o.rejected) as rejected, sum(o.skipped) as skipped, sum(o.source_bytes) as source_bytes
       from retry join work_item o on o.run_id = retry.retry_of group by 1),
     again as (
       select spec ->> 'of' as key, sum(jsonb_array_length(spec -> 'only')) as documents
       from work_item where run_id = $1 and spec ? 'of' group by 1),
     taken as (
       select b.*, least(b.rejected, coalesce(a.documents, 0)) as moved from before b left join again a using (key))
     update work_item n
     set state = case when t.done then 'done' else 'failed' end, error = o.error, cursor = o.cursor,
       expected = coalesce(t.expected - t.moved, n.expected), written = t.written, rejected = t.rejected - t.moved,
       skipped = t.skipped, source_bytes = t.source_bytes
     from retry, taken t, work_item o
     where n.run_id = retry.id and n.key = t.key and n.epoch = 0
       and o.run_id = retry.retry_of and o.key = n.key and o.spec = n.spec
       and (retry.cause is not null or t.done and t.rejected = 0)`,
    [runId],
  )
}
