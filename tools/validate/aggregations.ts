// Two answers to the same aggregations, bucket by bucket.
import { isRecord } from '../../shared/cluster/json.ts'

export type AggregationDifference = { path: string; source?: unknown; target?: unknown }

/** What an engine says of how it counted, and not of what it counted. */
const meta = new Set(['doc_count_error_upper_bound', 'meta', 'interval'])

/** Buckets are told by their keys, whatever their order. Numbers are equal as numbers. */
export function aggregationDifferences(source: unknown, target: unknown): AggregationDifference[] {
  const [a, b] = [new Map<string, unknown>(), new Map<string, unknown>()]
  flatten(source, '', a)
  flatten(target, '', b)
  const differences: AggregationDifference[] = []
  for (const path of new Set([...a.keys(), ...b.keys()]))
    if (!isSame(a.get(path), b.get(path)))
      differences.push({
        path,
        ...(a.has(path) ? { source: a.get(path) } : {}),
        ...(b.has(path) ? { target: b.get(path) } : {}),
      })
  return differences
}

/** Sums of doubles depend on the order in which shards are added up. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'number' || typeof b !== 'number') return false
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
}

function flatten(value: unknown, path: string, into: Map<string, unknown>): void {
  if (Array.isArray(value))
    for (const [at, each] of value.entries()) flatten(each, `${path}[${keyOf(each) ?? at}]`, into)
  else if (isRecord(value)) {
    for (const [key, each] of Object.entries(value))
      if (!meta.has(key)) flatten(each, path === '' ? key : `${path}.${key}`, into)
  } else into.set(path, value)
}

function keyOf(bucket: unknown): string | null {
  if (!isRecord(bucket) || !('doc_count' in bucket)) return null
  const key = bucket.key_as_string ?? bucket.key
  return key === undefined ? null : typeof key === 'object' ? JSON.stringify(key) : String(key)
}
