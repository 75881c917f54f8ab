// What the items of one worker share.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { expectJson } from '../../shared/cluster/expect-json.ts'
import { entries, member } from '../../shared/cluster/json.ts'
import type { BackfillAssignment, Knobs } from '../../shared/domain/backfill.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { WorkerState, WorkItems } from '../../shared/domain/work-item.ts'
import { Buffers } from './buffers.ts'
import { BulkSender } from './bulk-sender.ts'
import { Congestion } from './congestion.ts'
import { FailedDocuments } from './failed-documents.ts'
import { Shards } from './shards.ts'
import { TokenBucket } from './token-bucket.ts'
import { type DocumentTransform, openTransform } from './transform-documents.ts'
import { Waiting } from './waiting.ts'

export type WorkerParts = {
  worker: string
  assignment: BackfillAssignment
  workItems: WorkItems
  report: Report
  client: ClusterClient
  shards: Shards
  sender: BulkSender
  buffers: Buffers
  failed: FailedDocuments
  waiting: Waiting
  transform: DocumentTransform | null
  /** `http.max_content_length` of the target. */
  largestBody: number
  /** Bytes of a batch now: the knob, cut where many requests at once would cost too much memory. */
  batchBytes(): number
  /** Batches of one item that are under way or wait for it: what a crash sends twice at most. */
  openBatches(): number
  apply(knobs: Knobs): void
  itemsAtOnce(): number
  checkpointMs: number
  state(): WorkerState
  close(): Promise<void>
}

/** Bodies of all requests and of those in the making. The rest of 300 MB is the reader's and the runtime's. */
const BODY_BUDGET = 64 << 20
/** While the last requests of one item are under way, the next one fills batches. */
const ITEMS_AT_ONCE = 2

export type WorkerInput = {
  worker: string
  assignment: BackfillAssignment
  workItems: WorkItems
  report: Report
  client: ClusterClient
  checkpointMs?: number
}

export async function openWorker(input: WorkerInput, signal: AbortSignal): Promise<WorkerParts> {
  const { worker, assignment, report, client } = input
  const { plan } = assignment
  const largestBody = await maxContentLength(client, signal)
  const congestion = new Congestion(plan.concurrency)
  const [documents, bytes] = [new TokenBucket(), new TokenBucket()]
  const waiting = new Waiting(congestion, [documents, bytes])
  let knobs: Knobs = plan
  const apply = (next: Knobs) => {
    knobs = next
    congestion.maximum = next.concurrency
    documents.rate = next.rateLimit?.documents ?? null
    bytes.rate = next.rateLimit?.bytes ?? null
  }
  apply(plan)
  const transform = openTransform(plan.transforms ?? [])
  const shards = new Shards(assignment.repository, assignment.snapshot)
  return {
    ...input,
    shards,
    sender: new BulkSender({ client, congestion, documents, bytes, waiting }),
    buffers: new Buffers(BODY_BUDGET),
    failed: new FailedDocuments(worker, report, { idsOnly: plan.failedDocuments === 'idsOnly' }),
    waiting,
    transform,
    largestBody,
    batchBytes: () =>
      Math.min(knobs.batchBytes, largestBody, Math.floor(BODY_BUDGET / (knobs.concurrency + 2))),
    openBatches: () => knobs.concurrency + 1,
    apply,
    checkpointMs: input.checkpointMs ?? 4_000,
    itemsAtOnce: () => ITEMS_AT_ONCE,
    state: () => waiting.state(),
    close: async () => {
      await transform?.close()
      await shards.close()
    },
  }
}

const DEFAULT_MAX_CONTENT = 100 << 20

/** The smallest of all nodes; the product's default where the cluster does not tell (a managed one, say). */
async function maxContentLength(client: ClusterClient, signal: AbortSignal): Promise<number> {
  const query = { filter_path: 'nodes.*.http.max_content_length_in_bytes' }
  const answer = await expectJson(client, { method: 'GET', path: '/_nodes/http', query, signal }).catch(
    (error: unknown) => {
      if (signal.aborted) throw error
      return {}
    },
  )
  const limits = entries(member(answer, 'nodes'))
    .map(([, node]) => Number(member(member(node, 'http'), 'max_content_length_in_bytes')))
    .filter((limit) => limit > 0)
  return Math.min(...limits, ...(limits.length === 0 ? [DEFAULT_MAX_CONTENT] : []))
}
