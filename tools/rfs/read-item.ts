// Reads the documents of an item, in order, and hands each of them to the sink.
import type { LeasedItem } from '../../shared/domain/work-item.ts'
import { LARGEST_DOCUMENT, lineOf } from './document-lines.ts'
import type { ItemSink } from './item-sink.ts'
import type { OpenShard } from './shards.ts'
import { DocumentStage, type Staged } from './stage.ts'
import type { WorkerParts } from './worker-parts.ts'

/** A batch that fills slowly is sent at this age, so that little is lost with the worker. */
const BATCH_AGE_MS = 2_000

type Reading = { parts: WorkerParts; item: LeasedItem; sink: ItemSink; signal: AbortSignal }

/**
 * A read of a whole segment checks its checksum as it passes. Of a segment in ranges whoever has the first one reads
 * it through once beside its own work, so that every byte is checked once, and not once per range.
 */
export async function verifySegment(
  { reader }: OpenShard,
  { parts, item, sink, signal }: Reading,
): Promise<void> {
  const { segment, from, to } = item.spec
  const { maxDoc = 0 } = reader.segments.find(({ name }) => name === segment) ?? {}
  const isWhole = from === 0 && to >= maxDoc && sink.window.cursor === 0
  const isRetry = item.spec.only !== undefined
  if (from === 0 && !isWhole && !isRetry && !parts.assignment.plan.trial) await reader.verify(segment, signal)
}

/** Reads from the cursor to the end, and gives how many documents all holders have read by then. */
export async function readDocuments(
  { reader }: OpenShard,
  { parts, item, sink, signal }: Reading,
): Promise<number> {
  const { assignment, largestBody, transform } = parts
  const { index, segment, to, only } = item.spec
  const wanted = only && new Set(only)
  const { written, rejected, skipped } = item.counts
  let seen = written + rejected + skipped
  // What is retried was within a trial's limit before.
  const limit = (only ? null : assignment.plan.trial?.documentsPerShard) ?? Number.POSITIVE_INFINITY
  const from = sink.window.cursor
  const stage = transform && new DocumentStage(transform, index)
  const options = { segment, from, to, verify: false, maxDocumentBytes: LARGEST_DOCUMENT, signal }
  for await (const batch of reader.documents(options)) {
    for (const document of batch.documents) {
      if (seen >= limit) break
      if (wanted && !wanted.has(document.doc)) continue
      seen++
      if (stage) {
        stage.add(document, largestBody)
        if (stage.isFull) await pass(await stage.turn(), sink)
      } else {
        const line = lineOf(document, largestBody)
        // Only a full batch waits: a promise per document would cost more than the document.
        if (!sink.addNow(document, line)) await sink.addToNext(document, line)
      }
    }
    if (signal.aborted) return seen
    if (seen >= limit) break
    if (sink.age > BATCH_AGE_MS) {
      if (stage) await pass(await stage.rest(), sink)
      sink.flush(batch.to)
    }
  }
  if (stage) await pass(await stage.rest(), sink)
  sink.flush(to)
  return seen
}

async function pass(staged: readonly Staged[], sink: ItemSink): Promise<void> {
  for (const { document, line } of staged)
    if (!sink.addNow(document, line)) await sink.addToNext(document, line)
}
