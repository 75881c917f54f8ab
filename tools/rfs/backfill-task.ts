// An item of a backfill: read from the snapshot, handed to the sink.
import type { LeasedItem } from '../../shared/domain/work-item.ts'
import { conflictsOf } from './conflicts.ts'
import type { ItemTask, TaskSignals } from './item-run.ts'
import { ItemSink } from './item-sink.ts'
import { readDocuments, verifySegment } from './read-item.ts'
import type { WorkerParts } from './worker-parts.ts'

export function backfillTask(parts: WorkerParts, item: LeasedItem, signals: TaskSignals): ItemTask {
  const { reading, sending, lease, onError } = signals
  let sink: ItemSink | null = null
  return {
    async work() {
      const { spec } = item
      const shard = await parts.shards.shard(spec.index, spec.shard)
      const conflicts = conflictsOf(parts, item, shard.metadata)
      sink = new ItemSink(parts, item, conflicts, lease, { signal: sending, halt: reading }, onError)
      const from = { parts, item, sink, signal: reading }
      const checked = verifySegment(shard, from)
      checked.catch(() => {}) // awaited below; until then it must not count as unhandled
      const seen = await readDocuments(shard, from)
      if (!reading.aborted) await checked
      return seen
    },
    drain: async (ms) => sink?.drain(ms),
    drop: () => sink?.drop(),
    position() {
      const window = sink?.window
      return {
        cursor: window ? { doc: window.cursor } : item.cursor,
        counts: window?.counts ?? item.counts,
      }
    },
    flush: () => parts.failed.flush(),
  }
}
