// What `GET …/backfill/status` answers (design §6).
import * as v from 'valibot'
import { Issue, Run, runStates, WaitingFor } from './run.ts'

const Sum = v.strictObject({ total: v.nullable(v.number()), done: v.number(), failed: v.number() })

export const BackfillPhase = v.pipe(
  v.picklist(['NotStarted', 'Planning', 'Verifying', 'Unknown', ...runStates]),
  v.metadata({ ref: 'BackfillPhase' }),
)

/** When the backfill will end, with its range; null while nobody can know. */
export const Eta = v.pipe(
  v.strictObject({ at: v.string(), seconds: v.number(), low: v.number(), high: v.number() }),
  v.metadata({ ref: 'Eta' }),
)

export const BackfillProgress = v.pipe(
  v.strictObject({
    /** Null until the exact number of documents is known. */
    percent: v.nullable(v.number()),
    shards: Sum,
    documents: Sum,
    bytes: Sum,
    documentsPerSecond: v.nullable(v.number()),
    bytesPerSecond: v.nullable(v.number()),
    lastProgressAt: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'BackfillProgress' }),
)

export const BackfillIndex = v.pipe(
  v.strictObject({
    name: v.string(),
    targetName: v.string(),
    shards: v.number(),
    documents: v.strictObject({
      /** Null until every part of the index has been counted. */
      expected: v.nullable(v.number()),
      written: v.number(),
      rejected: v.number(),
      skipped: v.number(),
    }),
    /** The target's own count: `stale` where it could not be read just now. */
    target: v.strictObject({
      count: v.nullable(v.number()),
      observedAt: v.nullable(v.string()),
      stale: v.boolean(),
      error: v.nullable(v.string()),
    }),
  }),
  v.metadata({ ref: 'BackfillIndex' }),
)

export const BackfillWorker = v.pipe(
  v.strictObject({
    worker: v.string(),
    lastSeenAt: v.string(),
    state: v.nullable(v.record(v.string(), v.unknown())),
    items: v.array(
      v.strictObject({ key: v.string(), index: v.string(), shard: v.number(), since: v.string() }),
    ),
  }),
  v.metadata({ ref: 'BackfillWorker' }),
)

export const BackfillStatus = v.pipe(
  v.strictObject({
    phase: BackfillPhase,
    eta: v.nullable(Eta),
    issues: v.array(Issue),
    run: v.nullable(Run),
    workflow: v.nullable(
      v.strictObject({
        engine: v.string(),
        namespace: v.nullable(v.string()),
        name: v.string(),
        uid: v.nullable(v.string()),
        phase: v.string(),
        message: v.nullable(v.string()),
        observedAt: v.string(),
      }),
    ),
    progress: BackfillProgress,
    waitingFor: v.nullable(WaitingFor),
    indexes: v.array(BackfillIndex),
    workers: v.array(BackfillWorker),
    wantedWorkers: v.nullable(v.number()),
    updatedAt: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'BackfillStatus' }),
)
export type BackfillStatus = v.InferOutput<typeof BackfillStatus>
