// The first step of a full comparison: the parts of both sides that are to be read, each a work item.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { ValidateAssignment } from '../../shared/domain/validate.ts'
import type { PlannedItem, WorkItems } from '../../shared/domain/work-item.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import { inParallel } from '../metadata/pool.ts'
import { errorOf, ToolFailure } from '../rfs/failure.ts'
import { inOrder } from '../rfs/in-order.ts'
import { itemKey, splitShard } from '../rfs/split-shard.ts'
import { countDocuments, refresh } from '../rfs/target.ts'
import { findSourceKind } from '../snapshot/source-kind.ts'
import type { Subject } from './subjects.ts'
import { readState } from './target-state.ts'
import type { OpenSnapshot } from './work.ts'

export type ComparisonParts = {
  assignment: ValidateAssignment
  workItems: WorkItems
  report: Report
  target: ClusterClient
}

/** What one call to the control plane holds at most. */
const BATCH = 1_000
const OPENING = 8
/** Shards of one index of the target that are counted at once. */
const COUNTING = 4

/** Whether the documents of an index can be compared at all; the reason where they cannot. */
export async function comparable(
  { repository, snapshot }: OpenSnapshot,
  { name, target, targetName }: Subject,
  signal: AbortSignal,
): Promise<{ shards: number } | { code: string; reason: string }> {
  const metadata = await repository.indexMetadata(snapshot, name, signal)
  const { kind } = findSourceKind(metadata)
  if (kind !== 'enabled')
    return {
      code: 'source_not_kept',
      reason: `The _source of "${name}" is ${kind}: the snapshot does not hold its documents whole`,
    }
  if (target === null) return { code: 'index_missing', reason: `The target has no index "${targetName}"` }
  if (!target.open)
    return { code: 'index_closed', reason: `The index "${targetName}" of the target is closed` }
  return { shards: metadata.shards }
}

/** Idempotent: the same snapshot and plan give the same keys, and what is there stays. */
export async function planComparison(
  parts: ComparisonParts,
  opened: OpenSnapshot,
  subjects: Subject[],
  signal: AbortSignal,
): Promise<{ indexes: number; items: number }> {
  const { workItems } = parts
  const planned = { indexes: 0, items: 0 }
  const itemsOf = (subject: Subject) =>
    planIndex(parts, opened, subject, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      tellUnplanned(parts, subject, error)
      return null
    })
  for await (const index of inOrder(subjects, OPENING, itemsOf)) {
    if (index === null) continue
    planned.indexes++
    const { name, targetName } = index.subject
    const row = { name, targetName, shards: index.shards, existingDocuments: null }
    await workItems.plan([row], [], false)
    for (let at = 0; at < index.items.length; at += BATCH)
      await workItems.plan([], index.items.slice(at, at + BATCH), false)
    planned.items += index.items.length
  }
  await workItems.plan([], [], true)
  return planned
}

/** The others are compared; of this one the last step says that it was not read. */
function tellUnplanned({ report }: ComparisonParts, { name }: Subject, error: unknown): void {
  const { code, message, evidence, remedy, retryable } = errorOf(error)
  report.issue({
    code,
    severity: 'error',
    origin: error instanceof RepositoryError ? 'repository' : 'target',
    retryable,
    scope: `index:${name}`,
    message,
    evidence,
    remedy,
  })
}

type PlannedSubject = { subject: Subject; shards: number; items: PlannedItem[] }

async function planIndex(
  parts: ComparisonParts,
  opened: OpenSnapshot,
  subject: Subject,
  signal: AbortSignal,
): Promise<PlannedSubject | null> {
  const answer = await comparable(opened, subject, signal)
  if (!('shards' in answer)) return null
  const items = await sourceItems(parts, opened, subject, answer.shards, signal)
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0)
  items.push(...(await targetItems(parts, subject, bytes, signal)))
  return { subject, shards: answer.shards, items }
}

async function sourceItems(
  { assignment }: ComparisonParts,
  { repository, snapshot }: OpenSnapshot,
  { name, targetName }: Subject,
  shards: number,
  signal: AbortSignal,
): Promise<PlannedItem[]> {
  const metadata = await repository.indexMetadata(snapshot, name, signal)
  const items: PlannedItem[] = []
  const { splitBytes } = assignment.plan
  for (let shard = 0; shard < shards; shard++) {
    const reader = await repository.shard(snapshot, metadata, shard, signal)
    const place = { index: name, targetIndex: targetName, shard, priority: 0 }
    for (const item of await splitShard(reader, place, { splitBytes }, signal))
      items.push({ ...item, spec: { ...item.spec, side: 'source' } })
  }
  return items
}

/** A whole shard of the target each. `bytes`: of the source, by which the largest comes first on both sides. */
async function targetItems(
  { target }: ComparisonParts,
  { name, targetName }: Subject,
  bytes: number,
  signal: AbortSignal,
): Promise<PlannedItem[]> {
  await refresh(target, [targetName], signal)
  const { views } = await readState(target, targetName, signal)
  return inParallel([...views.entries()], COUNTING, signal, async ([shard, view]): Promise<PlannedItem> => {
    const documents = await countDocuments(target, targetName, signal, shard)
    const spec = { index: name, targetIndex: targetName, shard, segment: 'target', from: 0, to: documents }
    return {
      key: itemKey(`${name} on the target`, shard, 'target', 0),
      spec: { ...spec, side: 'target', ...(view === null ? {} : { view }) },
      expected: documents,
      bytes: Math.ceil(bytes / views.length),
      priority: 0,
    }
  })
}

export function noSnapshot(): ToolFailure {
  return new ToolFailure('no_snapshot', 'There is no snapshot to compare the documents with', {
    remedy: 'Take a snapshot or run a backfill of this session; documents are compared with its snapshot.',
  })
}
