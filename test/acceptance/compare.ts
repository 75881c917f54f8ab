// Reads all metadata of two real clusters, and says every place where they differ.
import { type Reach, send } from './reach.ts'

/** Objects by kind and name, such as `index orders`. */
export type Metadata = Map<string, Record<string, unknown>>

/** One place where the target is not what the source is; an absent side is undefined. */
export type Difference = { object: string; path: string; source?: unknown; target?: unknown }

type Json = Record<string, unknown>

/** Everything whose name `isOurs`. */
export async function readMetadata(reach: Reach, isOurs: (name: string) => boolean): Promise<Metadata> {
  const found: Metadata = new Map()
  const put = (kind: string, name: string, body: unknown) => {
    if (isOurs(name) && isObject(body)) found.set(`${kind} ${name}`, body)
  }
  const get = (path: string) => read(reach, path)
  for (const [name, body] of Object.entries(await get('/_template?flat_settings=true')))
    put('legacyTemplate', name, body)
  for (const [name, body] of Object.entries(await get('/_ingest/pipeline'))) put('pipeline', name, body)
  for (const entry of entries(await get('/_component_template?flat_settings=true'), 'component_templates'))
    put('componentTemplate', String(entry.name), entry.component_template)
  for (const entry of entries(await get('/_index_template?flat_settings=true'), 'index_templates'))
    put('indexTemplate', String(entry.name), entry.index_template)
  const settings = await get('/_all/_settings?flat_settings=true&expand_wildcards=all')
  const mappings = await get('/_all/_mapping?expand_wildcards=all')
  const aliases = await get('/_all/_alias?expand_wildcards=all')
  for (const name of Object.keys(settings))
    put('index', name, { ...at(settings, name), ...at(mappings, name), ...at(aliases, name) })
  return found
}

/** Settings that a cluster gives each index itself. That they are there is looked at, their values are its own. */
const own = /^settings\.index\.(uuid|creation_date|version\.created)$/

/** Every difference, sorted; none where the target has it all. */
export function differences(source: Metadata, target: Metadata): Difference[] {
  const found: Difference[] = []
  for (const object of new Set([...source.keys(), ...target.keys()])) {
    const [here, there] = [source.get(object), target.get(object)]
    if (!here || !there) {
      found.push({ object, path: '', source: here && 'there', target: there && 'there' })
      continue
    }
    const [a, b] = [leaves(here), leaves(there)]
    for (const path of new Set([...a.keys(), ...b.keys()])) {
      const [one, other] = [a.get(path), b.get(path)]
      const same = own.test(path)
        ? Boolean(one) === Boolean(other)
        : JSON.stringify(one) === JSON.stringify(other)
      if (!same) found.push({ object, path, source: one, target: other })
    }
  }
  return found.sort(byPlace)
}

/** The order in which differences are told. */
export const byPlace = (a: Difference, b: Difference) =>
  `${a.object} ${a.path}` < `${b.object} ${b.path}` ? -1 : 1

/** Every value that is no object, by its dotted path; an empty object is a value. */
function leaves(body: Json, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  for (const [key, value] of Object.entries(body)) {
    const here = path === '' ? key : `${path}.${key}`
    if (isObject(value) && Object.keys(value).length > 0) leaves(value, here, found)
    else found.set(here, sortedKeys(value))
  }
  return found
}

/** Objects in arrays, such as dynamic templates, whatever the order of their keys. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortedKeys(inner)]),
  )
}

/** Empty where this version has no such route. */
async function read(reach: Reach, path: string): Promise<Json> {
  const { status, body } = await send(reach, 'GET', path)
  if ([400, 404, 405].includes(status)) return {}
  if (status !== 200 || !isObject(body)) throw new Error(`cannot read ${path}: status ${status}`)
  return body
}

/** What typed mappings say once their types have no names: one of them, or the fields of all. */
export function withoutTypes(metadata: Metadata): Metadata {
  const bare = [...metadata].map(([object, body]) => {
    if (!isObject(body.mappings)) return [object, body] as const
    const types = Object.values(body.mappings).filter(isObject)
    const properties = Object.assign({}, ...types.map((type) => type.properties))
    const fields = Object.keys(properties).length > 0 ? { properties } : {}
    return [object, { ...body, mappings: { ...types[0], ...fields } }] as const
  })
  return new Map(bare)
}

const at = (body: Json, name: string): Json => (isObject(body[name]) ? body[name] : {})
const entries = (body: Json, list: string): Json[] =>
  Array.isArray(body[list]) ? body[list].filter(isObject) : []

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
