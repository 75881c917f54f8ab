// From buckets that differ to the documents that do: the source's documents of those buckets are looked up on the
// target by their ids, and what the target holds beyond them is found by its ids alone. Memory grows with what
// differs, not with the index.
import { bucketOf, DocumentId } from './document-id.ts'
import { match } from './match.ts'
import type { Difference } from './outcome.ts'
import { readSource, type SourceDocument } from './read-source.ts'
import type { Hit } from './search-answer.ts'
import { TargetView } from './target-view.ts'
import type { ComparisonWorker } from './worker.ts'

/** Ids of one look at the target, and bytes of their sources. */
const BATCH = 200
const BATCH_BYTES = 4 << 20
/** Documents of the target that are held while the source is asked about them. */
const MOST_HELD = 200_000

export type Narrowed = { equal: number; missing: number; different: number; extra: number; rejected: number }

type Parts = {
  worker: ComparisonWorker
  index: string
  targetIndex: string
  shards: { source: number; target: number }
  buckets: ReadonlySet<number>
  /** Documents of the target in a bucket. */
  counted(bucket: number): number
  /** Ids that the backfill kept as rejected. */
  rejected: ReadonlySet<string>
  tell(difference: Difference): void
  signal: AbortSignal
}

export async function narrow(parts: Parts): Promise<Narrowed> {
  const sums: Narrowed = { equal: 0, missing: 0, different: 0, extra: 0, rejected: 0 }
  /** Of each bucket, documents of the target that a document of the source is known to be. */
  const matched = new Map<number, number>()
  let batch: SourceDocument[] = []
  let bytes = 0
  const settle = async () => {
    if (batch.length > 0) await compareBatch(parts, batch, sums, matched)
    batch = []
    bytes = 0
  }
  for await (const document of readSource(parts)) {
    batch.push(document)
    bytes += document.source?.length ?? 0
    if (batch.length >= BATCH || bytes > BATCH_BYTES) await settle()
  }
  await settle()
  sums.extra = await findExtra(parts, matched)
  return sums
}

async function compareBatch(
  { worker, index, targetIndex, rejected, tell, signal }: Parts,
  batch: SourceDocument[],
  sums: Narrowed,
  matched: Map<number, number>,
): Promise<void> {
  for (const { document, difference } of await match(
    { client: worker.client, index, targetIndex, rejected, signal },
    batch,
  )) {
    const kind = difference?.kind ?? 'equal'
    if (difference !== null) tell(difference)
    sums[kind === 'routing' || kind === 'extra' ? 'different' : kind]++
    if (kind === 'missing' || kind === 'rejected') continue
    const bucket = bucketOf(DocumentId.of(document.id))
    matched.set(bucket, (matched.get(bucket) ?? 0) + 1)
  }
}

/**
 * Documents of the target that no document of the source accounts for, in the buckets that hold more than was matched.
 * A document whose routing changed is told as such, and is not one too many besides.
 */
async function findExtra(parts: Parts, matched: ReadonlyMap<number, number>): Promise<number> {
  const { index, buckets, counted, tell } = parts
  const surplus = [...buckets].filter((bucket) => counted(bucket) > (matched.get(bucket) ?? 0))
  if (surplus.length === 0) return 0
  const within = { ...parts, buckets: new Set(surplus) }
  const held = await readTargetIds(within)
  for await (const { id, routing } of readSource(within)) {
    const routings = held.get(id)
    if (!routings) continue
    routings.splice(Math.max(0, routings.indexOf(routing)), 1)
    if (routings.length === 0) held.delete(id)
  }
  for (const [id, routings] of held)
    for (const routing of routings) tell({ index, kind: 'extra', id, routing: routing ?? null })
  return surplus.reduce((sum, bucket) => sum + counted(bucket) - (matched.get(bucket) ?? 0), 0)
}

/** Ids of the buckets with their routings, as many as may be held. */
async function readTargetIds({ worker, targetIndex, shards, buckets, signal }: Parts) {
  const { client, pit, plan } = worker
  const held = new Map<string, (string | undefined)[]>()
  for (let shard = 0; shard < shards.target; shard++) {
    const place = { index: targetIndex, shard }
    const { keepAliveSeconds } = plan
    const view = await TargetView.open({ client, place, pit, keepAliveSeconds, sources: false, signal })
    try {
      const onHit = ({ id, routing }: Hit) => {
        if (!buckets.has(bucketOf(id)) || held.size >= MOST_HELD) return
        const name = id.toString()
        held.set(name, [...(held.get(name) ?? []), routing])
      }
      for await (const _ of view.pages(null, onHit));
    } finally {
      await view.close()
    }
  }
  return held
}
