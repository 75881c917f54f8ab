// Whether an object of the target is what the transformed source says. Both sides are first brought to one form, for
// clusters write defaults, numbers and names of settings in their own ways.
import type { ItemDetail } from '../../shared/domain/run.ts'
import type { BodyKind } from './draft.ts'
import { equal, isObject, type Json, type JsonObject, objectAt } from './json.ts'
import { flatSettings } from './settings-tree.ts'

export type Drift = ItemDetail['drift']

const maxDrift = 100

/** Where `found` differs from `expected`; aliases of indexes are compared apart, as items of their own. */
export function driftOf(kind: BodyKind, expected: JsonObject, found: JsonObject): Drift {
  const drift: Drift = []
  compare(canonical(kind, expected), canonical(kind, found), '', drift)
  return drift.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, maxDrift)
}

/** Differences of one alias. */
export function aliasDrift(expected: JsonObject, found: JsonObject): Drift {
  const drift: Drift = []
  compare(canonicalAlias(expected), canonicalAlias(found), '', drift)
  return drift
}

function compare(expected: Json | undefined, found: Json | undefined, path: string, drift: Drift): void {
  if (drift.length >= maxDrift) return
  if (isObject(expected) && isObject(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)]))
      compare(member(expected, key), member(found, key), path === '' ? key : `${path}.${key}`, drift)
  } else if (!equal(expected, found)) {
    const entry: Drift[number] = { path }
    if (expected !== undefined) entry.expected = expected
    if (found !== undefined) entry.found = found
    drift.push(entry)
  }
}

const member = (holder: JsonObject, key: string) => (Object.hasOwn(holder, key) ? holder[key] : undefined)

function canonical(kind: BodyKind, body: JsonObject): JsonObject {
  if (kind === 'ingestPipeline') return body
  if (kind === 'index') return canonicalParts(body, false)
  if (kind === 'legacyTemplate') {
    const { settings: _, mappings: __, aliases: ___, ...rest } = body
    return { ...rest, order: Number(body.order ?? 0), ...canonicalParts(body, true) }
  }
  const { template, composed_of, data_stream, ...rest } = body
  const out: JsonObject = { ...rest, ...canonicalParts(isObject(template) ? template : {}, true) }
  if (Array.isArray(composed_of) && composed_of.length > 0) out.composed_of = composed_of
  if (isObject(data_stream)) out.data_stream = { timestamp_field: { name: '@timestamp' }, ...data_stream }
  return out
}

function canonicalParts(holder: JsonObject, aliases: boolean): JsonObject {
  const out: JsonObject = {}
  const settings = canonicalSettings(objectAt(holder, 'settings'))
  const mappings = canonicalMapping(objectAt(holder, 'mappings'))
  if (Object.keys(settings).length > 0) out.settings = settings
  if (Object.keys(mappings).length > 0) out.mappings = mappings
  if (!aliases) return out
  const named = Object.entries(objectAt(holder, 'aliases'))
  if (named.length > 0)
    out.aliases = Object.fromEntries(
      named.map(([name, alias]) => [name, canonicalAlias(isObject(alias) ? alias : {})]),
    )
  return out
}

/** Written by the cluster itself, so never a difference. */
const ownSettings =
  /^(creation_date|uuid|provided_name|version(\.|$)|history\.uuid|verified_before_close|replication\.type$|resize\.)/
const tierPreference = /^routing\.allocation\.include\._tier_preference$/

function canonicalSettings(settings: JsonObject): JsonObject {
  const out = bare()
  for (const [path, value] of flatSettings(settings)) {
    if (ownSettings.test(path) || tierPreference.test(path)) continue
    out[path] = Array.isArray(value) ? value.map(String) : isObject(value) ? value : String(value)
  }
  return out
}

function canonicalAlias(alias: JsonObject): JsonObject {
  const { routing, ...rest } = alias
  const out: JsonObject = { ...rest }
  if (routing !== undefined) Object.assign(out, { index_routing: routing, search_routing: routing, ...rest })
  for (const key of ['is_write_index', 'is_hidden']) if (out[key] === false) delete out[key]
  return out
}

/** Without a prototype, a member may be called `__proto__`. */
function bare(): JsonObject {
  return Object.create(null)
}

/** What a mapping says without saying it. */
const defaults = new Map<string, Json>(
  Object.entries({
    index: true,
    norms: true,
    doc_values: true,
    store: false,
    fielddata: false,
    enabled: true,
    eager_global_ordinals: false,
    boost: 1,
    type: 'object',
  }),
)
const switches = new Set([
  'dynamic',
  'index',
  'norms',
  'doc_values',
  'store',
  'enabled',
  'fielddata',
  'required',
])

function canonicalMapping(mapping: JsonObject): JsonObject {
  const out = bare()
  for (const [key, value] of Object.entries(mapping)) {
    const next = key === '_meta' || key === 'meta' ? value : canonicalMember(key, value)
    if (key === 'enabled' && next === true && mapping.type === undefined && mapping.properties === undefined)
      out[key] = next
    else if (key === 'eager_global_ordinals' && mapping.type === 'join' && next === true) continue
    else if (defaults.has(key) && equal(defaults.get(key), next)) continue
    else if (isEmptyGroup(key, next)) continue
    else out[key] = next
  }
  return out
}

const isEmptyGroup = (key: string, value: Json) =>
  ['properties', 'fields', '_source', 'dynamic_templates'].includes(key) &&
  (isObject(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0)

function canonicalMember(key: string, value: Json): Json {
  if ((key === 'properties' || key === 'fields') && isObject(value)) {
    const group = bare()
    for (const [name, field] of Object.entries(value))
      placeField(group, key === 'properties' ? levelsOf(name) : [name], field)
    return group
  }
  if (switches.has(key) && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

/** A name of more dots than any mapping may have levels is left whole. */
function levelsOf(name: string): string[] {
  const levels = name.split('.')
  return levels.length > 100 ? [name] : levels
}

/** `a.b` is the field b of the object a. */
function placeField(group: JsonObject, [name = '', ...rest]: string[], field: Json): void {
  const below = isObject(group[name]) ? group[name] : bare()
  if (rest.length === 0) group[name] = isObject(field) ? { ...below, ...canonicalMapping(field) } : field
  else {
    const properties = isObject(below.properties) ? below.properties : bare()
    placeField(properties, rest, field)
    below.properties = properties
    group[name] = below
  }
}
