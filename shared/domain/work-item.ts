// The units of a heavy run and the right to do them (design §8). A worker speaks of them through `WorkItems`.
import * as v from 'valibot'
import { Knobs } from './backfill.ts'

const natural = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Safe in a path, unique in its run, and the same whenever the same plan is made again. */
export const WorkItemKey = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'Expected 1 to 200 letters, digits, ".", "_" or "-"'),
)

/**
 * What is to be read: documents `[from, to)` of one segment of one shard of the snapshot, and where they go or what they
 * are compared with. With `side` `target` it is a whole shard of the target.
 */
export const WorkItemSpec = v.strictObject({
  index: v.string(),
  targetIndex: v.string(),
  shard: natural,
  segment: v.string(),
  from: natural,
  to: natural,
  /** A retry: of these documents only, by their number in the segment, ascending. */
  only: v.optional(v.pipe(v.array(natural), v.minLength(1))),
  /** A retry: key of the item in which they were rejected. */
  of: v.optional(WorkItemKey),
  side: v.optional(v.picklist(['source', 'target'])),
  /** Which state of the target is meant: another state is another item. */
  view: v.optional(v.pipe(v.string(), v.maxLength(200))),
})
export type WorkItemSpec = v.InferOutput<typeof WorkItemSpec>

/** Absolute per item, so that sums are exact after any crash. */
export const WorkItemCounts = v.strictObject({
  written: natural,
  rejected: natural,
  /** Left out by the user's own choice: a transform that drops, an existing document under `skip`, a trial's limit. */
  skipped: natural,
  /** Bytes of source of the documents above. */
  bytes: natural,
})
export type WorkItemCounts = v.InferOutput<typeof WorkItemCounts>

/**
 * The position after the last document that the target acknowledged, counts that belong to it included. `state` is the
 * tool's own: what it has made of the documents before.
 */
export const WorkItemCursor = v.strictObject({
  doc: natural,
  state: v.optional(v.pipe(v.string(), v.maxLength(65_536))),
})
export type WorkItemCursor = v.InferOutput<typeof WorkItemCursor>

export const PlannedItem = v.strictObject({
  key: WorkItemKey,
  spec: WorkItemSpec,
  /** Documents that will be read; null until a worker has counted them. */
  expected: v.nullable(natural),
  /** Stored bytes, by which the largest comes first. */
  bytes: natural,
  /** Lower comes first; ties by size. */
  priority: v.pipe(v.number(), v.integer()),
})
export type PlannedItem = v.InferOutput<typeof PlannedItem>

export const PlannedIndex = v.strictObject({
  name: v.string(),
  targetName: v.string(),
  shards: natural,
  existingDocuments: v.nullable(natural),
})
export type PlannedIndex = v.InferOutput<typeof PlannedIndex>

export const LeasedItem = v.pipe(
  v.strictObject({
    key: WorkItemKey,
    spec: WorkItemSpec,
    expected: v.nullable(natural),
    /** The fencing number: every later call about this item carries it. */
    epoch: natural,
    cursor: v.nullable(WorkItemCursor),
    counts: WorkItemCounts,
    attempt: natural,
    leaseExpiresAt: v.string(),
  }),
  v.metadata({ ref: 'LeasedItem' }),
)
export type LeasedItem = v.InferOutput<typeof LeasedItem>

/** Items to work on, or what to do instead. `done` only when every item is terminal. */
export const LeaseAnswer = v.pipe(
  v.strictObject({
    items: v.array(LeasedItem),
    next: v.nullable(v.picklist(['wait', 'paused', 'done', 'stopped'])),
    retryAfterMs: natural,
    /** The knobs of this moment, with rates divided among the workers that hold items. */
    knobs: Knobs,
  }),
  v.metadata({ ref: 'LeaseAnswer' }),
)
export type LeaseAnswer = v.InferOutput<typeof LeaseAnswer>

/** `continue` false: checkpoint what is acknowledged, release the item, and ask for a lease again. */
export const CheckpointAnswer = v.pipe(
  v.strictObject({ continue: v.boolean(), leaseExpiresAt: v.string(), knobs: Knobs }),
  v.metadata({ ref: 'CheckpointAnswer' }),
)
export type CheckpointAnswer = v.InferOutput<typeof CheckpointAnswer>

export const WorkItemError = v.strictObject({
  code: v.string(),
  message: v.string(),
  evidence: v.record(v.string(), v.unknown()),
  remedy: v.nullable(v.string()),
  /** False: another attempt cannot help, the item is failed at once. */
  retryable: v.boolean(),
})
export type WorkItemError = v.InferOutput<typeof WorkItemError>

/** What a worker may say of how it stands, shown while it holds items. */
export const WorkerState = v.strictObject({
  /** Why it is not faster, e.g. `throttled` by 429, `target_slow`, `rate_limit`; null at full speed. */
  waitingFor: v.nullable(v.strictObject({ code: v.string(), detail: v.string() })),
  concurrency: natural,
})
export type WorkerState = v.InferOutput<typeof WorkerState>

/**
 * The coordination that a worker sees: over HTTP against the API, or in memory for a worker without one. Every call
 * may be sent twice. All but `lease` and `plan` throw `lease_lost` (a `Problem`) where the epoch is stale: the item is
 * then dropped at once, because somebody else does it.
 */
export interface WorkItems {
  /** Adds items; one whose key is there already changes nothing. `complete` says that these are all. */
  plan(indexes: PlannedIndex[], items: PlannedItem[], complete: boolean): Promise<void>
  lease(worker: string, max: number): Promise<LeaseAnswer>
  /** What it covers is durable before it is called. */
  checkpoint(key: string, at: Held): Promise<CheckpointAnswer>
  complete(key: string, at: Completed): Promise<void>
  /** Gives the item back where it stands: after `continue: false`, and on SIGTERM. */
  release(key: string, at: Held): Promise<void>
  fail(key: string, at: Held & { error: WorkItemError }): Promise<void>
}

export const WorkerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'Expected 1 to 100 letters, digits, ".", "_" or "-"'),
)

/** What a holder says with every call about its item. */
export const HeldEntries = {
  epoch: natural,
  worker: WorkerName,
  cursor: v.nullable(WorkItemCursor),
  counts: WorkItemCounts,
  state: v.optional(WorkerState),
}

/** What an item found, in the tool's own form. */
export const WorkItemResult = v.pipe(v.string(), v.maxLength(65_536))

export type Completed = Held & { expected: number; result?: string | undefined }

/** An item as the last step sees it. */
export const ListedItem = v.pipe(
  v.strictObject({
    key: WorkItemKey,
    spec: WorkItemSpec,
    state: v.picklist(['waiting', 'leased', 'done', 'failed']),
    expected: v.nullable(natural),
    counts: WorkItemCounts,
    result: v.nullable(v.string()),
    error: v.nullable(WorkItemError),
  }),
  v.metadata({ ref: 'ListedItem' }),
)
export type ListedItem = v.InferOutput<typeof ListedItem>

export const ListedItems = v.pipe(
  v.strictObject({ items: v.array(ListedItem), next: v.nullable(v.string()) }),
  v.metadata({ ref: 'ListedItems' }),
)

export type Held = {
  epoch: number
  worker: string
  cursor: WorkItemCursor | null
  counts: WorkItemCounts
  state?: WorkerState
}
