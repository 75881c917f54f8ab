// `_status` of one snapshot: how far each of its shards is.
import type { ClusterClient } from './client.ts'
import { expectJson } from './expect-json.ts'
import { entries, member, strings } from './json.ts'
import type { Limits } from './snapshot-repository.ts'
import { number, pathOf, type SnapshotPlace, snapshotsOf } from './snapshots.ts'

export type ShardStatus = {
  shard: number
  state: 'waiting' | 'running' | 'done' | 'failed'
  /** What this snapshot copies of the shard; null until the shard has begun and knows. */
  bytes: { total: number | null; done: number }
  /** Bytes of all its files, those of earlier snapshots included. */
  wholeBytes: number
  node: string | null
  reason: string | null
}

export type IndexStatus = { name: string; shards: ShardStatus[] }

/** A whole cluster's worth of shards is some 30 MB. */
const LARGEST_ANSWER = 512 * 1024 * 1024

/** Null where the cluster tells of no such snapshot, as while it is being begun. */
export async function readSnapshotStatus(
  client: ClusterClient,
  place: SnapshotPlace,
  limits: Limits,
): Promise<IndexStatus[] | null> {
  const answer = await expectJson(client, {
    ...limits,
    method: 'GET',
    path: `${pathOf(place)}/_status`,
    maxBytes: LARGEST_ANSWER,
  })
  const [snapshot] = snapshotsOf(answer)
  if (snapshot === undefined) return null
  return entries(member(snapshot, 'indices'))
    .map(([name, index]) => ({
      name,
      shards: entries(member(index, 'shards'))
        .map(([shard, status]) => shardStatus(Number(shard), status))
        .sort((a, b) => a.shard - b.shard),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const states: Record<string, ShardStatus['state']> = {
  INIT: 'waiting',
  STARTED: 'running',
  FINALIZE: 'running',
  DONE: 'done',
  FAILURE: 'failed',
}

function shardStatus(shard: number, status: unknown): ShardStatus {
  const stats = member(status, 'stats')
  const stage = String(member(status, 'stage'))
  const state = states[stage] ?? 'waiting'
  // Before 6.4 flat; since then in groups, of which "processed" is left out where nothing is left to do.
  const wanted = sizeIn(stats, 'incremental') ?? number(member(stats, 'total_size_in_bytes'))
  const flat = member(stats, 'processed_size_in_bytes')
  const processed = sizeIn(stats, 'processed') ?? (flat === undefined ? wanted : number(flat))
  const begun = state === 'running' || state === 'done'
  return {
    shard,
    state,
    bytes: { total: begun ? wanted : null, done: state === 'done' ? wanted : processed },
    wholeBytes: sizeIn(stats, 'total') ?? wanted,
    node: strings([member(status, 'node')])[0] ?? null,
    reason: strings([member(status, 'reason')])[0] ?? null,
  }
}

function sizeIn(stats: unknown, group: string): number | null {
  const size = member(member(stats, group), 'size_in_bytes')
  return size === undefined ? null : number(size)
}
