// The first step: find out what is to be done and everything that stands against it, before anything is written.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import type { BackfillAssignment, BackfillPlan } from '../../shared/domain/backfill.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { PlannedIndex, PlannedItem, WorkItems } from '../../shared/domain/work-item.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import { openBlobs } from '../snapshot/open-blobs.ts'
import { type ChosenSnapshot, openRepository, type Repository } from '../snapshot/repository.ts'
import { checkTargets } from './check-target.ts'
import { type ChosenIndex, chooseNames, readIndex, tellSource } from './choose-indexes.ts'
import { errorOf, ToolFailure } from './failure.ts'
import { inOrder } from './in-order.ts'
import { planRetry } from './plan-retry.ts'
import { splitShard } from './split-shard.ts'
import { createLike, readTargetIndexes } from './target.ts'
import { tune } from './tuning.ts'

export type PlanParts = {
  assignment: BackfillAssignment
  workItems: WorkItems
  report: Report
  client: ClusterClient
  /** The failed documents of the run that is retried, where one group is. */
  failures?: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>
}

export type PlanResult = {
  indexes: number
  shards: number
  items: number
  /** Null until workers have counted what metadata does not tell. */
  documents: number | null
  bytes: number
}

/** What one call to the control plane holds at most. */
const BATCH = 1_000
/** Shards that are opened at once: their small files come from far away. */
const OPENING = 8

/** Idempotent: the same snapshot and plan give the same keys, and what is there stays. */
export async function plan(parts: PlanParts, signal: AbortSignal): Promise<PlanResult> {
  const { assignment } = parts
  const repository = await openRepository(await openBlobs(assignment.repository), signal)
  try {
    const snapshot = await repository.snapshot(assignment.snapshot, signal)
    return await planSnapshot(parts, repository, snapshot, signal)
  } finally {
    await repository.close()
  }
}

async function planSnapshot(
  parts: PlanParts,
  repository: Repository,
  snapshot: ChosenSnapshot,
  signal: AbortSignal,
): Promise<PlanResult> {
  const { assignment, workItems, report, client } = parts
  const chosen: ChosenIndex[] = []
  const readable: boolean[] = []
  const read = (name: string) => readIndex(repository, snapshot, name, assignment, signal)
  for await (const index of inOrder(chooseNames(snapshot, assignment, report), OPENING, read)) {
    chosen.push(index)
    readable.push(tellSource(index, report))
  }
  const hidden = chosen.filter((_, i) => !readable[i]).map(({ name }) => name)
  if (hidden.length > 0)
    throw new ToolFailure(
      'source_not_kept',
      `The snapshot does not hold all sources of ${hidden.join(', ')}`,
      {
        evidence: { indexes: hidden.slice(0, 500) },
        remedy: 'Leave these indexes out of the selection.',
      },
    )
  const { plan } = assignment
  const names = chosen.flatMap(({ name, targetName }) => (plan.trial ? [name, targetName] : [targetName]))
  const targets = await readTargetIndexes(client, names, signal)
  checkTargets(chosen, targets, assignment, report)

  const planned = chosen.map(({ name, targetName, metadata }): PlannedIndex => {
    const { documents = 0 } = targets.get(targetName) ?? {}
    return { name, targetName, shards: metadata.shards, existingDocuments: documents }
  })
  for (let at = 0; at < planned.length; at += BATCH)
    await workItems.plan(planned.slice(at, at + BATCH), [], false)
  const result = await planShards(parts, repository, snapshot, chosen, signal)
  await planGroup(parts, signal)
  // Only here, when nothing stands against the run any more, is the target changed.
  for (const { name, targetName } of chosen) {
    const model = targets.get(name)
    if (plan.trial && model && !targets.has(targetName))
      await createLike(client, targetName, model, assignment.run.sessionId, signal)
  }
  if (plan.tuneTarget) await tuneAll(parts, chosen, signal)
  await workItems.plan([], [], true)
  return result
}

/** Beside the parts of the whole plan, which are taken over as they ended, the documents of the group to retry. */
async function planGroup({ assignment, failures, workItems, report }: PlanParts, signal: AbortSignal) {
  const group = assignment.retry?.group ?? null
  if (group === null || !failures) return
  const planned = await planRetry({ workItems, report, failures: await failures(signal), group }, signal)
  report.log('info', 'the documents of a group are retried', { group, ...planned })
}

async function tuneAll(
  { client, report }: PlanParts,
  chosen: ChosenIndex[],
  signal: AbortSignal,
): Promise<void> {
  const names = chosen.map(({ targetName }) => targetName)
  for (const index of (await readTargetIndexes(client, names, signal)).values())
    await tune(client, index, report, signal)
}

type ShardPlace = { index: ChosenIndex; shard: number; priority: number }

async function planShards(
  { assignment, workItems, report }: PlanParts,
  repository: Repository,
  snapshot: ChosenSnapshot,
  chosen: readonly ChosenIndex[],
  signal: AbortSignal,
): Promise<PlanResult> {
  const result: PlanResult = { indexes: chosen.length, shards: 0, items: 0, documents: 0, bytes: 0 }
  const unreadable: string[] = []
  let batch: PlannedItem[] = []
  const split = async ({ index, shard, priority }: ShardPlace) => {
    if (snapshot.info.failures.some((failed) => failed.index === index.name && failed.shard === shard))
      return []
    const place = { index: index.name, targetIndex: index.targetName, shard, priority }
    try {
      const reader = await repository.shard(snapshot, index.metadata, shard, signal)
      return await splitShard(reader, place, assignment.plan, signal)
    } catch (error) {
      if (!(error instanceof RepositoryError) || error.code === 'stopped') throw error
      tellUnreadable(error, index.name, shard, report)
      unreadable.push(`${index.name}/${shard}`)
      return []
    }
  }
  for await (const items of inOrder(shardsOf(chosen, assignment.plan), OPENING, split)) {
    result.shards++
    for (const item of items) {
      result.items++
      result.bytes += item.bytes
      result.documents =
        result.documents === null || item.expected === null ? null : result.documents + item.expected
      batch.push(item)
      if (batch.length < BATCH) continue
      await workItems.plan([], batch, false)
      batch = []
    }
    if (result.shards % 1_000 === 0)
      report.progress({ done: result.shards, total: null, unit: 'shards', message: 'Planning' })
  }
  if (unreadable.length > 0)
    throw new ToolFailure(
      'shards_unreadable',
      `${unreadable.length} shards cannot be read: ${unreadable.slice(0, 5).join(', ')}`,
      {
        evidence: { shards: unreadable.slice(0, 500) },
        remedy: 'See the issue of each shard; leave their indexes out, or take a new snapshot.',
      },
    )
  if (batch.length > 0) await workItems.plan([], batch, false)
  return result
}

function* shardsOf(chosen: readonly ChosenIndex[], { order }: BackfillPlan): Generator<ShardPlace> {
  const sign = order === 'oldestFirst' ? 1 : -1
  const sorted =
    order === 'largestFirst'
      ? [...chosen]
      : [...chosen].sort((a, b) => sign * (a.createdAt - b.createdAt) || (a.name < b.name ? -1 : 1))
  for (const [rank, index] of sorted.entries())
    for (let shard = 0; shard < index.metadata.shards; shard++)
      yield { index, shard, priority: order === 'largestFirst' ? 0 : rank }
}

function tellUnreadable(error: RepositoryError, index: string, shard: number, report: Report): void {
  const { code, message, evidence, remedy, retryable } = errorOf(error)
  report.issue({
    code,
    severity: 'error',
    origin: 'repository',
    retryable,
    scope: `index:${index} shard:${shard}`,
    message,
    evidence,
    remedy,
  })
}
