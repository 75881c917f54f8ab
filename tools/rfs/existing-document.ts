// Is what the target holds under an id the document that we sent, or another one?
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { expectJson } from '../../shared/cluster/expect-json.ts'
import { isRecord, member } from '../../shared/cluster/json.ts'
import { encodeIndex, encodeSegment } from '../../shared/cluster/path.ts'
import type { Entry } from './bulk-batch.ts'

/** True where id, routing and source of the target's document are those of `entry`. */
export async function isOurs(
  client: ClusterClient,
  index: string,
  entry: Entry,
  source: Buffer,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await expectJson(client, {
    method: 'GET',
    path: `/${encodeIndex(index)}/_doc/${encodeSegment(entry.id)}`,
    query: entry.routing === undefined ? {} : { routing: entry.routing },
    signal,
  })
  if (member(found, '_routing') !== entry.routing) return false
  return isSame(member(found, '_source'), JSON.parse(source.toString('utf8')))
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, i) => isSame(element, b[i]))
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  )
}
