// `indices/<id>/meta-<id>.dat`: settings, mappings and aliases of one index as they were in the snapshot.
import * as v from 'valibot'
import { corrupt } from '../lucene/repository-error.ts'
import { decodeBody } from './blob-codec.ts'
import { hasTypes } from './version.ts'

const Document = v.record(
  v.string(),
  v.looseObject({
    state: v.optional(v.string()),
    settings: v.record(v.string(), v.unknown()),
    mappings: v.optional(v.unknown()),
    aliases: v.optional(v.record(v.string(), v.unknown())),
    system: v.optional(v.boolean()),
  }),
)

export type JsonObject = { [key: string]: unknown }

export type IndexMetadata = {
  name: string
  /** `open` or `close`. */
  state: string
  /** Flat, `index.number_of_shards` and so on; values are strings or lists of strings. */
  settings: Record<string, unknown>
  /** Mapping by type, `_default_` included; `_doc` alone from Elasticsearch 7 on. */
  mappings: Record<string, JsonObject>
  aliases: Record<string, unknown>
  shards: number
  /** Whether the index was created by a version that had mapping types. */
  typed: boolean
  /** Its one type, where it is typed and has one. */
  type: string | null
  system: boolean
}

/** Reads the decoded body. Throws `corrupt`. */
export function parseIndexMetadata(file: string, body: unknown): IndexMetadata {
  const parsed = v.safeParse(Document, body)
  const [entry] = parsed.success ? Object.entries(parsed.output) : []
  if (!entry) throw corrupt(file, 'it does not describe an index')
  const [name, index] = entry
  const settings = flatten(index.settings)
  const shards = Number(settings['index.number_of_shards'])
  if (!(Number.isInteger(shards) && shards >= 1 && shards <= 1 << 20))
    throw corrupt(file, `an index cannot have ${String(settings['index.number_of_shards'])} shards`)
  const mappings = readMappings(file, index.mappings)
  const typed = hasTypes(Number(settings['index.version.created']))
  const types = Object.keys(mappings).filter((type) => type !== '_default_')
  return {
    name,
    state: index.state ?? 'open',
    settings,
    mappings,
    aliases: { ...index.aliases },
    shards,
    typed,
    type: typed && types.length === 1 ? (types[0] ?? null) : null,
    system: index.system ?? false,
  }
}

/** A list of one object per type, or of their compressed bytes; an object of all types where a version wrote that. */
function readMappings(file: string, mappings: unknown): Record<string, JsonObject> {
  const list = Array.isArray(mappings)
    ? mappings
    : mappings === undefined || mappings === null
      ? []
      : [mappings]
  const all: Record<string, JsonObject> = {}
  for (const item of list) {
    const mapping = item instanceof Uint8Array ? decodeBody(file, item) : item
    if (!isObject(mapping)) throw corrupt(file, 'a mapping is not an object')
    for (const [type, body] of Object.entries(mapping)) {
      if (!isObject(body)) throw corrupt(file, `the mapping of type "${type}" is not an object`)
      all[type] = body
    }
  }
  return all
}

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}

/** Settings are flat already; a nested one is brought into the same form. */
function flatten(settings: Record<string, unknown>, prefix = '', depth = 0): Record<string, unknown> {
  const flat: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(settings)) {
    if (isObject(value) && depth < 20) Object.assign(flat, flatten(value, `${prefix}${key}.`, depth + 1))
    else flat[prefix + key] = value
  }
  return flat
}
