// Indexes that a trial created on the target: found by their mark, deleted by their exact names.
import { TRIAL_MARK } from '../domain/backfill.ts'
import type { ClusterClient } from './client.ts'
import { failureOf } from './expect-json.ts'
import { entries, isRecord, member } from './json.ts'
import { encodeIndex } from './path.ts'

const TIMEOUT_MS = 20_000

/** An index of the target. `trialOf` is the session whose trial created it; null for any other index. */
export type FoundIndex = { name: string; trialOf: string | null; documents: number | null }

/** Those of `names` that exist as indexes. An alias of that name is none. */
export async function findTrialIndexes(
  client: ClusterClient,
  names: readonly string[],
): Promise<FoundIndex[]> {
  const found = await Promise.all(names.map((name) => find(client, name)))
  return found.filter((index) => index !== null)
}

async function find(client: ClusterClient, name: string): Promise<FoundIndex | null> {
  const request = { method: 'GET' as const, path: `/${encodeIndex(name)}/_mapping`, timeoutMs: TIMEOUT_MS }
  const response = await client.send(request)
  if (response.status === 404) return null
  if (response.status !== 200) throw failureOf(client, request, response)
  const own = entries(response.json()).find(([key]) => key === name)
  if (!own) return null
  const mark = member(member(member(own[1], 'mappings'), '_meta'), TRIAL_MARK)
  return { name, trialOf: typeof mark === 'string' ? mark : null, documents: await count(client, name) }
}

/** Null where it cannot be counted: a closed or red index. */
async function count(client: ClusterClient, name: string): Promise<number | null> {
  const path = `/${encodeIndex(name)}/_count`
  const response = await client.send({ method: 'GET', path, timeoutMs: TIMEOUT_MS, attempts: 1 })
  const answer = response.status === 200 ? response.json() : null
  return isRecord(answer) && typeof answer.count === 'number' ? answer.count : null
}

/** Deletes one index; one that is gone already is as good. */
export async function deleteIndex(client: ClusterClient, name: string): Promise<void> {
  const request = {
    method: 'DELETE' as const,
    path: `/${encodeIndex(name)}`,
    timeoutMs: TIMEOUT_MS,
    idempotent: true,
  }
  const response = await client.send(request)
  if (response.status !== 404 && response.status !== 200) throw failureOf(client, request, response)
  if (response.status === 200) response.json()
}
