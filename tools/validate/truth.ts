// How many documents the snapshot really holds, from Lucene itself: per shard, with what a count by the engine adds.
import type { OpenSnapshot } from './work.ts'

export type ShardTruth = {
  shard: number
  documents: number
  /** Live children of nested fields, which `docs.count` counts and a user does not see. */
  nested: number
  /** Deleted or overwritten, and not yet merged away. */
  deleted: number
}

export type IndexTruth = { documents: number; shards: ShardTruth[] }

/** Throws `RepositoryError` where a shard is not in the snapshot or cannot be read: a part is no truth. */
export async function readTruth(
  { repository, snapshot }: OpenSnapshot,
  index: string,
  signal: AbortSignal,
): Promise<IndexTruth> {
  const metadata = await repository.indexMetadata(snapshot, index, signal)
  const shards: ShardTruth[] = []
  for (let shard = 0; shard < metadata.shards; shard++) {
    const reader = await repository.shard(snapshot, metadata, shard, signal)
    const documents = await reader.liveDocuments(signal)
    const lucene = reader.segments.reduce(
      (sum, { maxDoc, liveDocs }) => ({ max: sum.max + maxDoc, live: sum.live + liveDocs }),
      { max: 0, live: 0 },
    )
    shards.push({ shard, documents, nested: lucene.live - documents, deleted: lucene.max - lucene.live })
  }
  return { documents: shards.reduce((sum, { documents }) => sum + documents, 0), shards }
}
