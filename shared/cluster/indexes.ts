// The indexes of a cluster as the picker shows them, on Elasticsearch 5.6 to 9 and OpenSearch 1 to 3.
import type { IndexSummary } from '../domain/cluster.ts'
import { type ClusterClient, ClusterFailure, type ClusterRequest } from './client.ts'
import { expectJson } from './expect-json.ts'
import { entries, isRecord, member, strings } from './json.ts'

const columns = 'index,status,health,pri,rep,docs.count,pri.store.size'

/**
 * Every index, hidden and closed ones too, sorted by name. A number the cluster did not give is null, and a query that
 * fails is thrown: what cannot be read is never shown as nothing.
 */
export async function listIndexes(
  client: ClusterClient,
  limits: Partial<ClusterRequest> = {},
): Promise<IndexSummary[]> {
  const everything = { expand_wildcards: 'all' }
  const cat = { format: 'json', bytes: 'b', h: columns }
  const [rows, aliases, streams] = await Promise.all([
    read(client, '/_cat/indices', cat, everything, limits),
    read(client, '/_alias', {}, everything, limits),
    dataStreams(client, everything, limits),
  ])
  if (!Array.isArray(rows)) throw unreadable(client, '/_cat/indices')
  return rows
    .map((row) => summary(client, row, aliases, streams))
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

/** Asks for hidden and closed ones too where the version knows how; older ones do so unasked. */
async function read(
  client: ClusterClient,
  path: string,
  query: Record<string, string>,
  everything: Record<string, string>,
  limits: Partial<ClusterRequest>,
): Promise<unknown> {
  try {
    return await expectJson(client, { ...limits, method: 'GET', path, query: { ...query, ...everything } })
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.kind !== 'version') throw error
    return expectJson(client, { ...limits, method: 'GET', path, query })
  }
}

/** Which data stream each backing index belongs to. Versions without data streams take the path for a bad index name. */
async function dataStreams(
  client: ClusterClient,
  everything: Record<string, string>,
  limits: Partial<ClusterRequest>,
) {
  const byIndex = new Map<string, string>()
  const answer = await read(client, '/_data_stream', {}, everything, limits).catch((error) => {
    if (error instanceof ClusterFailure && [400, 404, 405].includes(error.status ?? 0))
      return { data_streams: [] }
    throw error
  })
  const streams = member(answer, 'data_streams')
  if (!Array.isArray(streams)) throw unreadable(client, '/_data_stream')
  for (const stream of streams) {
    const backing = member(stream, 'indices')
    for (const index of Array.isArray(backing) ? backing : []) {
      byIndex.set(String(member(index, 'index_name')), String(member(stream, 'name')))
    }
  }
  return byIndex
}

function summary(
  client: ClusterClient,
  row: unknown,
  aliases: unknown,
  streams: Map<string, string>,
): IndexSummary {
  const [name] = strings([member(row, 'index')])
  if (!name || !isRecord(aliases)) throw unreadable(client, '/_cat/indices')
  const [health = null] = strings([member(row, 'health')])
  // With a primary missing the counts are those of the rest.
  const whole = health !== 'red'
  return {
    name,
    documents: whole ? count(member(row, 'docs.count')) : null,
    bytes: whole ? count(member(row, 'pri.store.size')) : null,
    shards: count(member(row, 'pri')),
    replicas: count(member(row, 'rep')),
    health,
    open: member(row, 'status') !== 'close',
    aliases: entries(member(aliases[name], 'aliases'))
      .map(([alias]) => alias)
      .sort(),
    dataStream: streams.get(name) ?? null,
  }
}

function unreadable(client: ClusterClient, path: string): ClusterFailure {
  const { origin } = new URL(client.connection.endpoint)
  return new ClusterFailure(
    'protocol',
    `Cannot list the indexes of ${origin}: ${path} answers in a form we do not know`,
  )
}

function count(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null
  const number = Number(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}
