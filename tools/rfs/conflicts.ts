// What it means that the target has a document of that id already.
//
// Where nothing but this run has written into the target index, documents are created and never overwritten: the
// second document under one id (of two types, or of two routings that land in one shard) is refused by the target
// itself, whichever worker sends it. What we sent before is told from it by knowing that we did: a document that was
// in no earlier request collides; one that may have been is compared with what the target holds.
import type { LeasedItem } from '../../shared/domain/work-item.ts'
import type { IndexMetadata } from '../snapshot/index-metadata.ts'
import type { BulkBatch, Operation } from './bulk-batch.ts'
import type { Refusal } from './bulk-reply.ts'
import type { Delivery } from './bulk-sender.ts'
import { isOurs } from './existing-document.ts'
import { typesOf } from './shards.ts'
import type { WorkerParts } from './worker-parts.ts'

export type Conflicts = {
  operation: Operation
  /** `skip`: the user wants what is there. `tell`: one of two documents. `refuse`: the target's own words. */
  meaning: 'skip' | 'tell' | 'refuse'
  /** An earlier holder of the item may have sent any of its documents. */
  isRepeated: boolean
  /** Two documents of the source may have one id although their routing is the same. */
  isTyped: boolean
}

/** Whether the documents of a target index are all of this run, or of the one that it goes on with. */
export function isOwnIndex({ plan, written }: WorkerParts['assignment'], targetIndex: string): boolean {
  return plan.existing === 'refuse' && (plan.resumeFrom !== undefined || !written.includes(targetIndex))
}

export function conflictsOf(
  { assignment }: Pick<WorkerParts, 'assignment'>,
  { epoch, cursor, spec }: LeasedItem,
  metadata: IndexMetadata,
): Conflicts {
  const { plan } = assignment
  // Of a document that was rejected before, whatever the target holds under its id is compared.
  const isTyped = typesOf(metadata).length > 1 || spec.only !== undefined
  const isRepeated = spec.only !== undefined || epoch > 1 || cursor !== null || plan.resumeFrom !== undefined
  if (plan.existing === 'skip') return { operation: 'create', meaning: 'skip', isRepeated, isTyped }
  const isOwn =
    isOwnIndex(assignment, spec.targetIndex) || (spec.only !== undefined && plan.existing === 'refuse')
  if (isOwn) return { operation: 'create', meaning: 'tell', isRepeated, isTyped }
  return { operation: 'index', meaning: 'refuse', isRepeated, isTyped }
}

export type Settled = { refused: Refusal[]; skipped: number }

/** Judges the conflicts of a delivery: what is left in `refused` was not written. */
export async function settle(
  { client }: Pick<WorkerParts, 'client'>,
  conflicts: Conflicts,
  index: string,
  batch: BulkBatch,
  { refused, uncertain }: Delivery,
  signal: AbortSignal,
): Promise<Settled> {
  const settled: Settled = { refused: [], skipped: 0 }
  for (const refusal of refused) {
    if (!refusal.conflict || conflicts.meaning === 'refuse') settled.refused.push(refusal)
    else if (conflicts.meaning === 'skip') {
      if (!uncertain.has(refusal.entry)) settled.skipped++
    } else if (await collides(refusal)) settled.refused.push(collision(refusal))
  }
  return settled

  async function collides({ entry }: Refusal): Promise<boolean> {
    if (!conflicts.isRepeated && !uncertain.has(entry)) return true
    // Without routing and types an id is one document in the source, so it is the one we sent.
    if (entry.routing === undefined && !conflicts.isTyped) return false
    return !(await isOurs(client, index, entry, batch.sourceOf(entry), signal))
  }
}

function collision(refusal: Refusal): Refusal {
  const { type, routing } = refusal.entry
  const said = [type && `type "${type}"`, routing !== undefined && `routing "${routing}"`].filter(Boolean)
  return {
    ...refusal,
    type: 'id_collision',
    reason: `The target has another document of this id in the same shard; this one has ${said.join(' and ') || 'no type and no routing'}`,
  }
}
