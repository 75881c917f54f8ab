// The target's indexes as a backfill needs them: what is there, what is in the way, how many documents they have.
import type { ClusterClient, ClusterRequest } from '../../shared/cluster/client.ts'
import { expectJson } from '../../shared/cluster/expect-json.ts'
import { listIndexes } from '../../shared/cluster/indexes.ts'
import { entries, isRecord, member } from '../../shared/cluster/json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { TRIAL_MARK } from '../../shared/domain/backfill.ts'
import { ToolFailure } from './failure.ts'

export type TargetIndex = {
  name: string
  open: boolean
  /** Of Lucene, nested children included; null where it is not known. */
  documents: number | null
  /** Blocks that stop writes, e.g. `read_only_allow_delete`. */
  blocks: string[]
  settings: Record<string, unknown>
}

/** A name, or several, within the length a request line may have. */
const MOST_PATH = 3_000

function* inPaths(names: readonly string[]): Generator<{ names: string[]; path: string }> {
  let group: string[] = []
  let length = 0
  for (const name of names) {
    const encoded = encodeIndex(name)
    if (group.length > 0 && length + encoded.length > MOST_PATH) {
      yield { names: group, path: group.map(encodeIndex).join(',') }
      group = []
      length = 0
    }
    group.push(name)
    length += encoded.length + 1
  }
  if (group.length > 0) yield { names: group, path: group.map(encodeIndex).join(',') }
}

const lenient = { ignore_unavailable: true, expand_wildcards: 'all' }

/** Those of `names` that are indexes of the target, with fresh counts. */
export async function readTargetIndexes(
  client: ClusterClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, TargetIndex>> {
  const listed = new Map((await listIndexes(client, { signal })).map((index) => [index.name, index]))
  const there = names.filter((name) => listed.has(name))
  await refresh(
    client,
    there.filter((name) => listed.get(name)?.open),
    signal,
  )
  const fresh = new Map((await listIndexes(client, { signal })).map((index) => [index.name, index]))
  const found = new Map<string, TargetIndex>()
  for (const { names: group, path } of inPaths(there)) {
    const query = { ...lenient, flat_settings: true }
    const answer = await ask(client, { method: 'GET', path: `/${path}/_settings`, query, signal })
    for (const name of group) {
      const settings = member(member(answer, name), 'settings')
      const index = fresh.get(name)
      if (!isRecord(settings) || !index) continue
      const blocks = ['read_only', 'read_only_allow_delete', 'write'].filter(
        (block) => String(settings[`index.blocks.${block}`]) === 'true',
      )
      found.set(name, { name, open: index.open, documents: index.documents, blocks, settings })
    }
  }
  return found
}

/** Makes what was written visible. A shard that could not is an error, never silence. */
export async function refresh(
  client: ClusterClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const { path } of inPaths(names)) {
    const query = { ignore_unavailable: true }
    const answer = await ask(client, { method: 'POST', path: `/${path}/_refresh`, query, signal })
    const failed = Number(member(member(answer, '_shards'), 'failed') ?? 0)
    if (failed > 0)
      throw new ToolFailure(
        'target_refresh_failed',
        `${failed} shards of the target could not be refreshed`,
        {
          evidence: { shards: member(answer, '_shards') },
          remedy: 'Look at the health of the target, then verify again.',
          retryable: true,
        },
      )
  }
}

/** The exact count of an index, or of one of its shards. Throws where a shard did not answer: a part is not a count. */
export async function countDocuments(
  client: ClusterClient,
  index: string,
  signal: AbortSignal,
  shard?: number,
): Promise<number> {
  const path = `/${encodeIndex(index)}/_count`
  const query: Record<string, string> = shard === undefined ? {} : { preference: `_shards:${shard}` }
  const answer = await ask(client, { method: 'GET', path, query, signal })
  const shards = member(answer, '_shards')
  const count = member(answer, 'count')
  const failed = Number(member(shards, 'failed') ?? 0)
  const whole = Number(member(shards, 'total') ?? 0) === Number(member(shards, 'successful') ?? -1)
  if (typeof count !== 'number' || failed > 0 || !whole)
    throw new ToolFailure('target_count_failed', `Not every shard of "${index}" was counted`, {
      evidence: { shards },
      remedy: 'Look at the health of the target, then verify again.',
      retryable: true,
    })
  return count
}

const owned =
  /^index\.(uuid|creation_date|provided_name|version\.|blocks\.|resize|routing\.allocation\.|history\.uuid|replication\.|verified_before_close)/

/** Creates `name` with settings and mappings of `model`, marked as a trial's of `session`; one that is there already stays. */
export async function createLike(
  client: ClusterClient,
  name: string,
  model: TargetIndex,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `/${encodeIndex(model.name)}/_mapping`
  const answer = await ask(client, { method: 'GET', path, signal })
  const modelled = Object.fromEntries(entries(member(member(answer, model.name), 'mappings')))
  const _meta = { ...Object.fromEntries(entries(modelled._meta)), [TRIAL_MARK]: session }
  const mappings = { ...modelled, _meta }
  const settings = Object.fromEntries(entries(model.settings).filter(([key]) => !owned.test(key)))
  const request: ClusterRequest = {
    method: 'PUT',
    path: `/${encodeIndex(name)}`,
    body: JSON.stringify({ settings, mappings }),
    signal,
  }
  const response = await client.send(request)
  if (response.status === 400 && response.text().includes('resource_already_exists')) return
  if (response.status > 299)
    throw new ToolFailure('trial_index_refused', `The target refused to create "${name}"`, {
      evidence: { status: response.status, answer: response.text().slice(0, 2_000) },
    })
}

/** Reads and harmless writes: sent again when the target is restarting. */
export function ask(client: ClusterClient, request: ClusterRequest): Promise<unknown> {
  return expectJson(client, { idempotent: true, attempts: 6, timeoutMs: 120_000, ...request })
}
