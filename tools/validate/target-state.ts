// Which state an index of the target is in, by the sequence numbers of its primaries: equal states hold equal documents.
import { type ClusterClient, ClusterFailure } from '../../shared/cluster/client.ts'
import { entries, isRecord, member } from '../../shared/cluster/json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { ask } from '../rfs/target.ts'

export type TargetState = {
  shards: number
  /** Of each shard: `<uuid>.<primary's highest sequence number>`; null where the target does not tell. */
  views: (string | null)[]
}

export async function readState(
  client: ClusterClient,
  index: string,
  signal: AbortSignal,
): Promise<TargetState> {
  const settings = await ask(client, {
    method: 'GET',
    path: `/${encodeIndex(index)}/_settings`,
    query: { flat_settings: true },
    signal,
  })
  const [[, body] = ['', {}]] = entries(settings)
  const flat = member(body, 'settings')
  const shards = Number(member(flat, 'index.number_of_shards') ?? 1)
  const uuid = String(member(flat, 'index.uuid') ?? '')
  const numbers = await sequenceNumbers(client, index, signal)
  const views = Array.from({ length: shards }, (_, shard) => {
    const number = numbers.get(shard)
    return number === undefined ? null : `${uuid}.${number}`
  })
  return { shards, views }
}

/** A managed service may keep the numbers of its shards to itself. */
async function sequenceNumbers(
  client: ClusterClient,
  index: string,
  signal: AbortSignal,
): Promise<Map<number, number>> {
  const query = {
    level: 'shards',
    filter_path: 'indices.*.shards.*.seq_no,indices.*.shards.*.routing.primary',
  }
  const path = `/${encodeIndex(index)}/_stats`
  const answer = await ask(client, { method: 'GET', path, query, signal }).catch((error: unknown) => {
    if (error instanceof ClusterFailure && ['403', 'version', 'protocol'].includes(error.kind)) return {}
    throw error
  })
  const found = new Map<number, number>()
  for (const [, stats] of entries(member(answer, 'indices')))
    for (const [shard, copies] of entries(member(stats, 'shards')))
      for (const copy of Array.isArray(copies) ? copies : []) {
        const number = member(member(copy, 'seq_no'), 'max_seq_no')
        if (
          isRecord(copy) &&
          member(member(copy, 'routing'), 'primary') === true &&
          typeof number === 'number'
        )
          found.set(Number(shard), number)
      }
  return found
}
