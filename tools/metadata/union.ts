// One mapping out of several types. What they say differently is a conflict, told and never overwritten.
import { clone, equal, isObject, type Json, type JsonObject } from './json.ts'

export type Conflict = { path: string; type: string; kept: unknown; other: unknown }

/** What no target has: types that differ in these do not contradict each other. */
const goneAnyway = new Set(['_all', '_timestamp', '_ttl'])
/** Where saying nothing means something: documents of the silent type would be treated otherwise. */
const meantBySilence = ['dynamic', 'enabled', 'date_detection', 'numeric_detection', '_routing', '_source']

type TypeMapping = { name: string; mapping: JsonObject }

/** Lays the types over one another, beginning with `defaults`. */
export function unionOf(
  defaults: JsonObject,
  types: TypeMapping[],
): { union: JsonObject; conflicts: Conflict[] } {
  const union = clone(defaults)
  const conflicts: Conflict[] = []
  const [first, ...others] = types
  if (first !== undefined) Object.assign(union, overlaid(union, first.mapping))
  for (const { name, mapping } of others) merge(union, overlaid(defaults, mapping), '', name, conflicts)
  return { union, conflicts }
}

/** A type over the defaults of its template, which it may override. */
function overlaid(defaults: JsonObject, mapping: JsonObject): JsonObject {
  const whole: JsonObject = { ...clone(defaults), ...clone(mapping) }
  for (const key of ['properties', '_meta']) {
    const [below, above] = [defaults[key], mapping[key]]
    if (isObject(below) && isObject(above)) whole[key] = { ...clone(below), ...clone(above) }
  }
  const [below, above] = [defaults.dynamic_templates, mapping.dynamic_templates]
  if (Array.isArray(below) && Array.isArray(above)) whole.dynamic_templates = joined(below, above)
  return whole
}

function joined(here: Json[], more: Json[]): Json[] {
  return clone([...here, ...more.filter((entry) => !here.some((known) => equal(known, entry)))])
}

/** Adds what `from` says to `union`, which keeps what it has. Both are mappings: of a type, or of an object field. */
function merge(union: JsonObject, from: JsonObject, path: string, type: string, conflicts: Conflict[]): void {
  for (const key of meantBySilence)
    if (Object.hasOwn(union, key) !== Object.hasOwn(from, key))
      conflicts.push({ path: below(path, key), type, kept: union[key] ?? null, other: from[key] ?? null })
  mergeMembers(union, from, path, type, conflicts)
}

function mergeMembers(
  union: JsonObject,
  from: JsonObject,
  path: string,
  type: string,
  conflicts: Conflict[],
): void {
  for (const [key, value] of Object.entries(from)) {
    const at = below(path, key)
    const here = Object.hasOwn(union, key) ? union[key] : undefined
    if (here === undefined) {
      if (path === '' || !meantBySilence.includes(key)) define(union, key, clone(value))
    } else if (isContainer(key, path) && isObject(here) && isObject(value))
      mergeMembers(here, value, at, type, conflicts)
    else if (isSubObject(here) && isSubObject(value)) merge(here, value, at, type, conflicts)
    else if (key === 'dynamic_templates' && Array.isArray(here) && Array.isArray(value))
      union[key] = joined(here, value)
    else if (!equal(comparable(here), comparable(value)) && !(path === '' && goneAnyway.has(key)))
      conflicts.push({ path: at, type, kept: here, other: value })
  }
}

const below = (path: string, key: string) => (path === '' ? key : `${path}.${key}`)

/** Plain assignment to `__proto__` would change the object instead of adding a member. */
function define(holder: JsonObject, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

const isContainer = (key: string, path: string) =>
  key === 'properties' || key === 'fields' || (path === '' && key === '_meta')

/** Objects and nested fields unite field by field; leaf fields must be the same. */
function isSubObject(value: unknown): value is JsonObject {
  return isObject(value) && isObject(value.properties)
}

/** A field without what is dropped from it anyway. */
function comparable(value: Json): Json {
  if (!isObject(value)) return value
  const { include_in_all: _, ...rest } = value
  return rest
}
