// What the items of one worker of a comparison share.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { detectVersion } from '../../shared/cluster/version.ts'
import type { Knobs } from '../../shared/domain/backfill.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { ValidateAssignment, ValidatePlan } from '../../shared/domain/validate.ts'
import type { WorkItems } from '../../shared/domain/work-item.ts'
import type { Holder } from '../rfs/item-run.ts'
import { Shards } from '../rfs/shards.ts'
import { TokenBucket } from '../rfs/token-bucket.ts'
import { type DocumentTransform, openTransform } from '../rfs/transform-documents.ts'
import { noSnapshot } from './plan.ts'
import { hasPointInTime } from './versions.ts'

/** Each holds two pages of the target, or two megabytes of the snapshot and what they decompress to. */
const MOST_AT_ONCE = 8

type BothSides = { source: TokenBucket; target: TokenBucket }

export type ComparisonWorker = Holder & {
  client: ClusterClient
  plan: ValidatePlan
  shards: Shards
  /** The transforms that the backfill was done with. */
  transform: DocumentTransform | null
  /** Whether the target has points in time. */
  pit: boolean
  documents: BothSides
  bytes: BothSides
  /** Documents of a page at most: what the rate allows in a second, so that several read at once stay near it. */
  pageLimit(): number
  close(): Promise<void>
}

type Input = {
  worker: string
  assignment: ValidateAssignment
  workItems: WorkItems
  report: Report
  client: ClusterClient
  checkpointMs?: number
}

export async function openComparisonWorker(input: Input, signal: AbortSignal): Promise<ComparisonWorker> {
  const { assignment, client } = input
  const { plan, snapshot, backfill } = assignment
  if (snapshot === null) throw noSnapshot()
  const documents = { source: new TokenBucket(), target: new TokenBucket() }
  const bytes = { source: new TokenBucket(), target: new TokenBucket() }
  let rate: number | null = null
  let { concurrency } = plan
  const apply = (knobs: Pick<Knobs, 'rateLimit' | 'concurrency'>) => {
    const { rateLimit } = knobs
    concurrency = knobs.concurrency
    rate = rateLimit?.documents ?? null
    for (const side of ['source', 'target'] as const) {
      documents[side].rate = rate
      bytes[side].rate = rateLimit?.bytes ?? null
    }
  }
  apply(plan)
  const itemsAtOnce = () => Math.min(concurrency, MOST_AT_ONCE)
  const shards = new Shards(snapshot.repository, snapshot.name)
  const transform = openTransform(backfill?.plan.transforms ?? [])
  const isLimited = () =>
    [...Object.values(documents), ...Object.values(bytes)].some((each) => each.isWaitedFor)
  return {
    ...input,
    plan,
    shards,
    transform,
    pit: hasPointInTime(await detectVersion(client, { signal })),
    documents,
    bytes,
    apply,
    pageLimit: () => (rate === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(rate))),
    state: () => ({
      waitingFor: isLimited()
        ? { code: 'rate_limit', detail: 'The rate limit of the plan is reached' }
        : null,
      concurrency: itemsAtOnce(),
    }),
    itemsAtOnce,
    checkpointMs: input.checkpointMs ?? 4_000,
    close: async () => {
      await transform?.close()
      await shards.close()
    },
  }
}
