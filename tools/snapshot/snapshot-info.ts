// `snap-<uuid>.dat`: what one snapshot says of itself.
import * as v from 'valibot'
import { corrupt } from '../lucene/repository-error.ts'
import { productOf, versionText } from './version.ts'

export type SnapshotState = 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'PARTIAL' | 'INCOMPATIBLE' | 'UNKNOWN'

const states: SnapshotState[] = ['IN_PROGRESS', 'SUCCESS', 'FAILED', 'PARTIAL', 'INCOMPATIBLE']

/** `index-N` keeps the state as a number, the snapshot's own file as a word. */
export function stateOf(state: string | number): SnapshotState {
  return (typeof state === 'number' ? states[state] : states.find((word) => word === state)) ?? 'UNKNOWN'
}

const Whole = v.union([v.number(), v.bigint()])

const Failure = v.looseObject({
  index: v.optional(v.string()),
  shard_id: v.optional(Whole),
  reason: v.optional(v.nullable(v.string())),
  status: v.optional(v.string()),
})

const Document = v.looseObject({
  snapshot: v.looseObject({
    name: v.string(),
    uuid: v.optional(v.string()),
    version_id: v.optional(Whole),
    version: v.optional(v.union([v.string(), Whole])),
    indices: v.array(v.string()),
    data_streams: v.optional(v.array(v.string())),
    state: v.string(),
    include_global_state: v.optional(v.nullable(v.boolean())),
    reason: v.optional(v.nullable(v.string())),
    start_time: v.optional(Whole),
    end_time: v.optional(Whole),
    total_shards: v.optional(Whole),
    successful_shards: v.optional(Whole),
    failures: v.optional(v.array(Failure)),
    remote_store_index_shallow_copy: v.optional(v.nullable(v.boolean())),
  }),
})

export type ShardFailure = { index: string; shard: number; reason: string }

export type SnapshotInfo = {
  name: string
  uuid: string
  state: SnapshotState
  /** e.g. `7.10.2`; null where the file has no version a person would know. */
  version: string | null
  /** Which product wrote it; null where the file does not say. */
  product: 'ES' | 'OS' | null
  indices: string[]
  dataStreams: string[]
  includeGlobalState: boolean | null
  reason: string | null
  /** ISO 8601, null where the file does not say. */
  startedAt: string | null
  finishedAt: string | null
  totalShards: number | null
  successfulShards: number | null
  failures: ShardFailure[]
  /** The data of its shards lies in a remote store instead of the repository. */
  shallow: boolean
}

export function parseSnapshotInfo(file: string, body: unknown, uuid: string): SnapshotInfo {
  const parsed = v.safeParse(Document, body)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw corrupt(
      file,
      `it does not describe a snapshot: ${issue.message} at ${v.getDotPath(issue) ?? 'its root'}`,
    )
  }
  const { snapshot } = parsed.output
  return {
    name: snapshot.name,
    uuid: snapshot.uuid ?? uuid,
    state: stateOf(snapshot.state),
    version: versionText(snapshot.version_id, snapshot.version),
    product: snapshot.version_id === undefined ? null : productOf(Number(snapshot.version_id)),
    indices: [...snapshot.indices].sort(),
    dataStreams: snapshot.data_streams ?? [],
    includeGlobalState: snapshot.include_global_state ?? null,
    reason: snapshot.reason ?? null,
    startedAt: moment(snapshot.start_time),
    finishedAt: moment(snapshot.end_time),
    totalShards: count(snapshot.total_shards),
    successfulShards: count(snapshot.successful_shards),
    failures: (snapshot.failures ?? []).map((failure) => ({
      index: failure.index ?? '',
      shard: Number(failure.shard_id ?? -1),
      reason: failure.reason ?? failure.status ?? 'unknown',
    })),
    shallow: snapshot.remote_store_index_shallow_copy === true,
  }
}

function moment(millis: number | bigint | undefined): string | null {
  const value = Number(millis ?? 0)
  return value > 0 && value < 8.64e15 ? new Date(value).toISOString() : null
}

function count(value: number | bigint | undefined): number | null {
  return value === undefined ? null : Number(value)
}
