// Documents of the target by id, as it has them now, with their sources as bytes.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { failureOf } from '../../shared/cluster/expect-json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { ToolFailure } from '../rfs/failure.ts'
import { SearchAnswer } from './search-answer.ts'

export type Wanted = { id: string; routing: string | undefined }
export type Found = { id: string; routing: string | undefined; source: Uint8Array | null }

/**
 * Those of `ids` that the index holds, wherever their routing has put them: an id may be there more than once. A search
 * rather than a get, because a get looks at the one shard that the routing names.
 */
export async function findByIds(
  client: ClusterClient,
  index: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Found[]> {
  const size = Math.min(10_000, ids.length * 2 + 10)
  const body = JSON.stringify({ size, query: { ids: { values: ids } }, sort: ['_doc'] })
  const request = {
    method: 'POST' as const,
    path: `/${encodeIndex(index)}/_search`,
    body,
    signal,
    idempotent: true,
    attempts: 4,
    timeoutMs: 120_000,
    maxBytes: 1 << 30,
  }
  const response = await client.send(request)
  if (response.status !== 200) throw failureOf(client, request, response)
  const found: Found[] = []
  const { timedOut, shards } = SearchAnswer.read(response.bytes, null, ({ id, routing, source }) =>
    found.push({ id: id.toString(), routing, source }),
  )
  if (timedOut || shards.failed > 0 || shards.successful !== shards.total)
    throw new ToolFailure('partial_answer', `The target answered only in part for "${index}"`, {
      evidence: { timedOut, shards },
      remedy: 'Look at the health of the target, then validate again.',
      retryable: true,
    })
  return found
}
