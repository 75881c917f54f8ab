// The retry of one group: from the failed documents of the earlier run to items that hold its documents and no other.
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import * as v from 'valibot'
import type { Report } from '../../shared/domain/report.ts'
import type { PlannedItem, WorkItems } from '../../shared/domain/work-item.ts'
import { keyOf, normaliseCause } from './causes.ts'
import { FailedDocuments } from './failed-documents.ts'
import { ToolFailure } from './failure.ts'

const Record = v.looseObject({
  index: v.string(),
  targetIndex: v.string(),
  item: v.string(),
  shard: v.number(),
  segment: v.string(),
  doc: v.number(),
  id: v.string(),
  errorType: v.string(),
  reason: v.string(),
  group: v.optional(v.string()),
})
type Record = v.InferOutput<typeof Record>

/** Documents of one item: enough for a few requests, few enough for a row. */
const DOCUMENTS_OF_ITEM = 5_000
const ITEMS_AT_ONCE = 100
/** What is kept is made durable after this many records. */
const KEPT_AT_ONCE = 20_000

type RetryParts = {
  workItems: WorkItems
  report: Report
  /** Gzipped NDJSON: the failed documents of the run that is retried. */
  failures: AsyncIterable<Uint8Array>
  group: string
}

type Place = Pick<Record, 'index' | 'targetIndex' | 'item' | 'shard' | 'segment'> & { docs: Set<number> }

/**
 * Plans the documents of `group`, and keeps the records of all others as failed documents of this run, so that its
 * groups and files are complete. Planned again it gives the same items and the same files. A document that was told
 * twice (by a worker that died and by the next one) is one.
 */
export async function planRetry(
  { workItems, report, failures, group }: RetryParts,
  signal: AbortSignal,
): Promise<{ items: number; documents: number }> {
  const kept = new FailedDocuments('kept', report, { idsOnly: false })
  const wanted = new Map<string, Place>()
  const others = new Map<string, Set<number>>()
  let pending = 0
  for await (const line of linesOf(failures)) {
    signal.throwIfAborted()
    const record = parseRecord(line)
    const key = record.group ?? keyOf(record.targetIndex, record.errorType, normaliseCause(record.reason))
    if (key === group) placeOf(wanted, record).docs.add(record.doc)
    else if (isNew(others, record)) {
      kept.keep(line, record, key)
      if (++pending % KEPT_AT_ONCE === 0) await kept.flush()
    }
  }
  await kept.flush()
  if (wanted.size === 0)
    throw new ToolFailure(
      'failed_documents_gone',
      `No document of the group "${group}" is on record any more`,
      {
        remedy: 'Retry without a group: every part with rejected documents is done again whole.',
      },
    )
  const items = [...wanted.values()].flatMap(itemsOf)
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE)
    await workItems.plan([], items.slice(at, at + ITEMS_AT_ONCE), false)
  const documents = items.reduce((sum, { expected }) => sum + (expected ?? 0), 0)
  return { items: items.length, documents }
}

async function* linesOf(gzipped: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const text = Readable.from(gzipped).compose(createGunzip())
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== '') yield line
}

function parseRecord(line: string): Record {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Record), line)
  if (parsed.success) return parsed.output
  throw new ToolFailure('failed_documents_damaged', 'A record of a failed document cannot be read', {
    evidence: { record: line.slice(0, 200) },
    remedy: 'Retry without a group: every part with rejected documents is done again whole.',
  })
}

function placeOf(places: Map<string, Place>, { index, targetIndex, item, shard, segment }: Record): Place {
  const place = places.get(item) ?? { index, targetIndex, item, shard, segment, docs: new Set() }
  places.set(item, place)
  return place
}

function isNew(seen: Map<string, Set<number>>, { item, doc }: Record): boolean {
  const docs = seen.get(item) ?? new Set()
  seen.set(item, docs)
  return docs.size !== docs.add(doc).size
}

function itemsOf({ index, targetIndex, item, shard, segment, docs }: Place): PlannedItem[] {
  const sorted = [...docs].sort((a, b) => a - b)
  const items: PlannedItem[] = []
  for (let at = 0; at < sorted.length; at += DOCUMENTS_OF_ITEM) {
    const only = sorted.slice(at, at + DOCUMENTS_OF_ITEM)
    const [from = 0, last = 0] = [only[0], only.at(-1)]
    const spec = { index, targetIndex, shard, segment, from, to: last + 1, only, of: item }
    items.push({ key: `${item}.again.${from}`, spec, expected: only.length, bytes: 0, priority: 0 })
  }
  return items
}
