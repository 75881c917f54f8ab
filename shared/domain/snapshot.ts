// Taking snapshots: what a user may ask, what the tool is given and answers, what a repository holds.
import * as v from 'valibot'
import type { ClusterConnection } from './cluster.ts'
import { type Repository, RepositoryName } from './config.ts'
import { Issue, Progress, Run, Status } from './run.ts'
import { Selection } from './selection.ts'

/** A name that every version takes for a snapshot of its own, and none takes for several. */
export const SnapshotName = v.pipe(
  v.string(),
  v.maxLength(255),
  v.regex(
    /^[^_+\-\s,#\\/*?"<>|A-Z.][^\s,#\\/*?"<>|A-Z]*$/,
    'Expected lower-case letters, digits, ".", "_" or "-", beginning with a letter or digit',
  ),
  // Said apart, because a pattern of the API document is to be one that every client understands.
  v.check((name) => name === name.toLowerCase() && !/\p{Cc}/u.test(name), 'Expected lower-case letters only'),
  v.metadata({ ref: 'SnapshotName' }),
)

export const SnapshotParams = v.pipe(
  v.strictObject({
    repository: RepositoryName,
    snapshot: SnapshotName,
    selection: v.optional(Selection),
    includeGlobalState: v.optional(v.boolean(), true),
    /** What to do where a snapshot of this name exists already. */
    existing: v.optional(v.picklist(['use', 'refuse']), 'refuse'),
    /** A filter that matches nothing is an error unless this is true. */
    allowEmpty: v.optional(v.boolean(), false),
    /** Per node of the source; absent, what the source does by itself. */
    maxBytesPerSecond: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_024))),
    /** Whether the source compresses the metadata files of the snapshot. */
    compress: v.optional(v.boolean(), true),
  }),
  v.metadata({ ref: 'SnapshotParams' }),
)
export type SnapshotParams = v.InferOutput<typeof SnapshotParams>

export type SnapshotAssignment = {
  params: SnapshotParams
  source: ClusterConnection
  /** As configured: the source has credentials of its own for a bucket. */
  repository: Repository
  /** An earlier execution of this run has asked for the snapshot, so one of that name is its own. */
  begun: boolean
  /** The indexes that execution had chosen. */
  chosen: string[]
}

/** What a finished run answers. */
export type SnapshotResult = {
  repository: string
  snapshot: string
  uuid: string | null
  state: string
  /** Whether this run made it; false where one that existed is used. */
  created: boolean
  indexes: string[]
  shards: { total: number; failed: number }
  /** Of all files of the snapshot, those of earlier snapshots included; null where the source did not say. */
  bytes: number | null
  startedAt: string | null
  finishedAt: string | null
}

const ShardFailure = v.strictObject({ index: v.string(), shard: v.number(), reason: v.string() })
const count = v.nullable(v.number())

const content = {
  name: v.string(),
  uuid: v.string(),
  /** `UNKNOWN` where its own file cannot be read; `problem` says why. */
  state: v.picklist(['IN_PROGRESS', 'SUCCESS', 'FAILED', 'PARTIAL', 'INCOMPATIBLE', 'UNKNOWN']),
  version: v.nullable(v.string()),
  indexes: v.array(v.string()),
  includeGlobalState: v.nullable(v.boolean()),
  startedAt: v.nullable(v.string()),
  finishedAt: v.nullable(v.string()),
  shards: v.strictObject({ total: count, successful: count, failed: count }),
  /** The shards that are not in it, at most 100. */
  failures: v.array(ShardFailure),
  problem: v.nullable(v.string()),
}

/** One snapshot, as the files of its repository tell. */
const Content = v.strictObject(content)
export type SnapshotContent = v.InferOutput<typeof Content>

/** The same in a list, with the configured name of its repository. */
export const SnapshotSummary = v.pipe(
  v.strictObject({ repository: v.string(), ...content }),
  v.metadata({ ref: 'SnapshotSummary' }),
)
export type SnapshotSummary = v.InferOutput<typeof SnapshotSummary>

const Bytes = v.strictObject({ total: count, done: count })

/** How far one index of a snapshot is. */
export const IndexProgress = v.pipe(
  v.strictObject({
    name: v.string(),
    state: v.picklist(['waiting', 'running', 'done', 'partial', 'skipped']),
    shards: v.strictObject({ total: v.number(), done: v.number(), failed: v.number() }),
    bytes: Bytes,
  }),
  v.metadata({ ref: 'IndexProgress' }),
)
export type IndexProgress = v.InferOutput<typeof IndexProgress>

/** When it will be done at the rate so far; `low` and `high` are the seconds at a rate 30 % higher and lower. */
const SnapshotEta = v.strictObject({ at: v.string(), seconds: v.number(), low: v.number(), high: v.number() })

export const SnapshotStatus = v.pipe(
  v.strictObject({
    status: Status,
    progress: v.nullable(Progress),
    eta: v.nullable(SnapshotEta),
    run: v.nullable(Run),
    /** By name, at most 500; all of them, and every shard, at `/runs/{run}/items`. */
    indexes: v.array(IndexProgress),
    issues: v.array(Issue),
  }),
  v.metadata({ ref: 'SnapshotStatus' }),
)
export type SnapshotStatus = v.InferOutput<typeof SnapshotStatus>

export const DeletedSnapshot = v.pipe(
  v.strictObject({
    repository: v.string(),
    name: v.string(),
    /** False while the source is still at it when the answer is due. */
    finished: v.boolean(),
    deleted: v.strictObject({
      uuid: v.nullable(v.string()),
      state: v.string(),
      indexes: v.array(v.string()),
      startedAt: v.nullable(v.string()),
    }),
    message: v.string(),
  }),
  v.metadata({ ref: 'DeletedSnapshot' }),
)
