// Where each kind of thing that is not migrated is asked for, and how its names are read from the answer.
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import { isObject, type Json, type JsonObject, objectAt } from './json.ts'

export type Probe = {
  kind: string
  title: string
  lineage: 'ES' | 'OS' | 'any'
  /** The first Elasticsearch version that has it. */
  since?: [number, number]
  path: string | ((version: ClusterVersion) => string)
  query?: Record<string, string | number | boolean>
  read(answer: JsonObject): { names: string[]; count?: number }
}

const keys = (answer: JsonObject) => ({ names: Object.keys(answer) })
const notReserved = (answer: JsonObject) => ({
  names: Object.entries(answer)
    .filter(([, value]) => !isReserved(value))
    .map(([name]) => name),
})

function isReserved(value: Json): boolean {
  if (!isObject(value)) return false
  return (
    value.reserved === true ||
    value.hidden === true ||
    value.static === true ||
    objectAt(value, 'metadata')._reserved === true
  )
}

/** Names below a list: `named('policies', 'policy', 'policy_id')` reads `policies[].policy.policy_id`. */
function named(list: string, ...path: string[]) {
  return (answer: JsonObject) => {
    const entries = answer[list]
    const names = Array.isArray(entries) ? entries.map((entry) => textAt(entry, path)) : []
    return { names: names.filter((name) => name !== null) }
  }
}

function textAt(value: Json | undefined, path: string[]): string | null {
  const [first, ...rest] = path
  if (first === undefined) return typeof value === 'string' ? value : null
  if (!isObject(value)) return null
  return textAt(first === '*' ? Object.values(value)[0] : value[first], rest)
}

/** Before 7 these lived below `_xpack`. */
function xpack(path: string) {
  return ({ major }: ClusterVersion) => (major < 7 ? `/_xpack/${path}` : `/_${path}`)
}

export const probes: Probe[] = [
  {
    kind: 'ilm',
    title: 'index lifecycle policies',
    lineage: 'ES',
    since: [6, 6],
    path: '/_ilm/policy',
    read: keys,
  },
  {
    kind: 'ism',
    title: 'index state management policies',
    lineage: 'OS',
    path: '/_plugins/_ism/policies',
    read: named('policies', 'policy', 'policy_id'),
  },
  {
    kind: 'data_streams',
    title: 'data streams with their backing indexes',
    lineage: 'any',
    since: [7, 9],
    path: '/_data_stream',
    read: named('data_streams', 'name'),
  },
  {
    kind: 'security_users',
    title: 'users',
    lineage: 'ES',
    since: [6, 0],
    path: xpack('security/user'),
    read: notReserved,
  },
  {
    kind: 'security_roles',
    title: 'roles',
    lineage: 'ES',
    since: [6, 0],
    path: xpack('security/role'),
    read: notReserved,
  },
  {
    kind: 'security_users',
    title: 'users',
    lineage: 'OS',
    path: '/_plugins/_security/api/internalusers',
    read: notReserved,
  },
  {
    kind: 'security_roles',
    title: 'roles',
    lineage: 'OS',
    path: '/_plugins/_security/api/roles',
    read: notReserved,
  },
  {
    kind: 'watcher',
    title: 'watches',
    lineage: 'ES',
    path: '/.watches/_search',
    query: { size: 50, _source: false },
    read: hits,
  },
  {
    kind: 'alerting',
    title: 'alerting monitors',
    lineage: 'OS',
    path: '/.opendistro-alerting-config/_search',
    query: { size: 50, _source: false },
    read: hits,
  },
  {
    kind: 'stored_scripts',
    title: 'stored scripts and search templates',
    lineage: 'any',
    path: '/_cluster/state/metadata',
    query: { filter_path: 'metadata.stored_scripts.*.lang' },
    read: (answer) => keys(objectAt(objectAt(answer, 'metadata'), 'stored_scripts')),
  },
  {
    kind: 'snapshot_repositories',
    title: 'snapshot repositories',
    lineage: 'any',
    path: '/_snapshot',
    read: keys,
  },
  {
    kind: 'cluster_settings',
    title: 'cluster settings',
    lineage: 'any',
    path: '/_cluster/settings',
    query: { flat_settings: true },
    read: (answer) => ({
      names: [...Object.keys(objectAt(answer, 'persistent')), ...Object.keys(objectAt(answer, 'transient'))],
    }),
  },
  {
    kind: 'dashboards',
    title: 'saved objects of Kibana or Dashboards',
    lineage: 'any',
    path: '/.kibana/_count',
    read: (answer) => ({ names: [], count: typeof answer.count === 'number' ? answer.count : 0 }),
  },
  {
    kind: 'transforms',
    title: 'transforms',
    lineage: 'ES',
    since: [7, 5],
    path: '/_transform',
    read: named('transforms', 'id'),
  },
  {
    kind: 'transforms',
    title: 'transforms',
    lineage: 'OS',
    path: '/_plugins/_transform',
    read: named('transforms', '_id'),
  },
  {
    kind: 'enrich',
    title: 'enrich policies',
    lineage: 'ES',
    since: [7, 5],
    path: '/_enrich/policy',
    read: named('policies', 'config', '*', 'name'),
  },
  {
    kind: 'slm',
    title: 'snapshot lifecycle policies',
    lineage: 'ES',
    since: [7, 4],
    path: '/_slm/policy',
    read: keys,
  },
  {
    kind: 'slm',
    title: 'snapshot management policies',
    lineage: 'OS',
    path: '/_plugins/_sm/policies',
    read: named('policies', '_id'),
  },
  {
    kind: 'ml',
    title: 'machine learning jobs',
    lineage: 'ES',
    since: [6, 0],
    path: xpack('ml/anomaly_detectors'),
    read: named('jobs', 'job_id'),
  },
  {
    kind: 'rollup',
    title: 'rollup jobs',
    lineage: 'ES',
    since: [6, 3],
    path: xpack('rollup/job/_all'),
    read: named('jobs', 'config', 'id'),
  },
  {
    kind: 'ccr',
    title: 'cross-cluster auto-follow patterns',
    lineage: 'ES',
    since: [6, 5],
    path: '/_ccr/auto_follow',
    read: named('patterns', 'name'),
  },
]

/** `hits.total` is a number before Elasticsearch 7. */
function hits(answer: JsonObject): { names: string[]; count?: number } {
  const { hits: found } = answer
  const { names } = isObject(found) ? named('hits', '_id')(found) : { names: [] }
  const total = isObject(found) ? found.total : undefined
  const count = isObject(total) ? total.value : total
  return typeof count === 'number' ? { names, count } : { names }
}
