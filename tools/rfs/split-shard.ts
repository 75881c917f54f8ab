// The work items of one shard: segments, and ranges of large segments, each with its exact number of documents.
import { createHash } from 'node:crypto'
import type { BackfillPlan } from '../../shared/domain/backfill.ts'
import type { PlannedItem } from '../../shared/domain/work-item.ts'
import type { BitSet } from '../lucene/bit-set.ts'
import type { SegmentRange, ShardReader } from '../lucene/shard.ts'

type Place = { index: string; targetIndex: string; shard: number; priority: number }

/** Safe in a path and the same for the same plan; the hash tells names apart that look alike when cleaned. */
export function itemKey(index: string, shard: number, segment: string, from: number): string {
  const name =
    index
      .replace(/[^A-Za-z0-9_-]/g, '')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'index'
  const hash = createHash('sha256').update(index).digest('hex').slice(0, 10)
  return `${name}-${hash}.${shard}.${segment}.${from}`
}

export async function splitShard(
  reader: ShardReader,
  place: Place,
  plan: Pick<BackfillPlan, 'splitBytes' | 'trial'>,
  signal: AbortSignal,
): Promise<PlannedItem[]> {
  const ranges = await reader.ranges(plan.trial ? Number.POSITIVE_INFINITY : plan.splitBytes, signal)
  const items: PlannedItem[] = []
  let left = plan.trial?.documentsPerShard ?? Number.POSITIVE_INFINITY
  let known: { segment: string; set: BitSet | null } = { segment: '', set: null }
  for (const range of ranges) {
    if (left <= 0) break
    if (known.segment !== range.segment)
      known = { segment: range.segment, set: await reader.documentSet(range.segment, signal) }
    const cut = cutRange(range, known.set, left)
    // A part without a live document is no work. Where only reading tells, a trial reads one segment of a shard.
    if (cut.expected === 0) continue
    items.push(itemOf(cut, place))
    left = plan.trial ? left - (cut.expected ?? left) : left
  }
  return items
}

type Cut = SegmentRange & { expected: number | null }

/** The range, or as much of its beginning as holds `most` documents. */
function cutRange(range: SegmentRange, set: BitSet | null, most: number): Cut {
  if (!set) return { ...range, expected: null }
  const expected = set.countWithin(range.from, range.to)
  if (expected <= most) return { ...range, expected }
  let [low, high] = [range.from, range.to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (set.countWithin(range.from, middle) < most) low = middle + 1
    else high = middle
  }
  const share = (low - range.from) / (range.to - range.from)
  return { ...range, to: low, bytes: Math.ceil(range.bytes * share), expected: most }
}

function itemOf({ segment, from, to, bytes, expected }: Cut, place: Place): PlannedItem {
  const { index, targetIndex, shard, priority } = place
  return {
    key: itemKey(index, shard, segment, from),
    spec: { index, targetIndex, shard, segment, from, to },
    expected,
    bytes,
    priority,
  }
}
