// How the names of what is not migrated are read from a cluster's answer.
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

export const keys = (answer: JsonObject) => ({ names: Object.keys(answer) })
export const notReserved = (answer: JsonObject) => ({
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
export function named(list: string, ...path: string[]) {
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
export function xpack(path: string) {
  return ({ major }: ClusterVersion) => (major < 7 ? `/_xpack/${path}` : `/_${path}`)
}

/** `hits.total` is a number before Elasticsearch 7. */
export function hits(answer: JsonObject): { names: string[]; count?: number } {
  const { hits: found } = answer
  const { names } = isObject(found) ? named('hits', '_id')(found) : { names: [] }
  const total = isObject(found) ? found.total : undefined
  const count = isObject(total) ? total.value : total
  return typeof count === 'number' ? { names, count } : { names }
}
