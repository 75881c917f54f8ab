// The target as the tool sees it: what is there, what it can do, and how it is written to.
import { ClusterFailure } from '../../shared/cluster/client.ts'
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { Answer, Api } from './api.ts'
import type { BodyKind, Draft } from './draft.ts'
import { isObject, type JsonObject, objectAt } from './json.ts'
import { inPathLengths, pathOf } from './paths.ts'

/** What the target holds, read once at the start. */
export type Holdings = {
  /** Names and bodies of templates and pipelines, by kind. */
  bodies: Record<Exclude<BodyKind, 'index'>, Map<string, JsonObject>>
  indexes: Set<string>
  aliases: Set<string>
  /** Zones replicas must be spread over, by the target's own settings; 1 where it does not insist. */
  zones: number
  /** Types of processors every ingest node has, or why that is not known. */
  processors: Set<string> | { unknown: string }
  notes: string[]
}

export async function readHoldings(api: Api, version: ClusterVersion): Promise<Holdings> {
  const notes: string[] = []
  const [pipelines, legacy, component, index, aliases, zones, processors] = await Promise.all([
    api.find('/_ingest/pipeline').then((found) => members(found ?? {})),
    api.find('/_template').then((found) => members(found ?? {})),
    api
      .find('/_component_template')
      .then((found) => listed(found, 'component_templates', 'component_template')),
    api.find('/_index_template').then((found) => listed(found, 'index_templates', 'index_template')),
    api.read('/_all/_alias', { expand_wildcards: 'all' }),
    tolerate(() => readZones(api), 1, 'its awareness settings', notes),
    readProcessors(api, version),
  ])
  const names = Object.values(aliases).flatMap((entry) =>
    isObject(entry) ? Object.keys(objectAt(entry, 'aliases')) : [],
  )
  return {
    bodies: {
      ingestPipeline: pipelines,
      legacyTemplate: legacy,
      componentTemplate: component,
      indexTemplate: index,
    },
    indexes: new Set(Object.keys(aliases)),
    aliases: new Set(names),
    zones,
    processors,
    notes,
  }
}

async function tolerate<T>(read: () => Promise<T>, fallback: T, what: string, notes: string[]): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.status === null) throw error
    notes.push(`The target did not tell ${what}: ${error.message}`)
    return fallback
  }
}

function members(found: JsonObject): Map<string, JsonObject> {
  return new Map(Object.entries(found).flatMap(([name, body]) => (isObject(body) ? [[name, body]] : [])))
}

function listed(found: JsonObject | null, list: string, member: string): Map<string, JsonObject> {
  const entries = found?.[list]
  if (!Array.isArray(entries)) return new Map()
  return new Map(
    entries.flatMap((entry) =>
      isObject(entry) && typeof entry.name === 'string' && isObject(entry[member])
        ? [[entry.name, entry[member]]]
        : [],
    ),
  )
}

/** With balance on, the copies of a shard must be a multiple of the forced values of its attributes. */
async function readZones(api: Api): Promise<number> {
  const prefix = 'cluster.routing.allocation.awareness.'
  const answer = await api.find('/_cluster/settings', {
    flat_settings: true,
    include_defaults: true,
    // A flat name is one key to the filter: its dots are not levels.
    filter_path: '*.cluster*',
  })
  const levels = ['defaults', 'persistent', 'transient'].map((level) => objectAt(answer ?? {}, level))
  const settings: JsonObject = Object.assign({}, ...levels)
  if (String(settings[`${prefix}balance`]) !== 'true') return 1
  const forced = Object.entries(settings).filter(([key]) => /\.force\..+\.values$/.test(key))
  const counts = forced.map(([, value]) =>
    Array.isArray(value)
      ? value.length
      : String(value)
          .split(',')
          .filter((zone) => zone.trim() !== '').length,
  )
  return Math.max(1, ...counts)
}

async function readProcessors(api: Api, version: ClusterVersion): Promise<Holdings['processors']> {
  if (version.flavour === 'serverless') return { unknown: 'a serverless collection has no ingest nodes' }
  try {
    const answer = await api.read('/_nodes/ingest', { filter_path: 'nodes.*.ingest.processors.type' })
    const perNode = Object.values(objectAt(answer, 'nodes'))
      .map(processorTypes)
      .filter((types) => types.size > 0)
    const [first, ...others] = perNode
    if (first === undefined) return { unknown: 'no node tells its processors' }
    return new Set([...first].filter((type) => others.every((types) => types.has(type))))
  } catch (error) {
    if (!(error instanceof ClusterFailure) || error.status === null) throw error
    return { unknown: error.message }
  }
}

function processorTypes(node: unknown): Set<string> {
  const processors = isObject(node) ? objectAt(node, 'ingest').processors : undefined
  if (!Array.isArray(processors)) return new Set()
  return new Set(processors.map((each) => (isObject(each) ? String(each.type) : '')))
}

/** Sends a draft's body as it is. */
export function putBody(api: Api, { kind, name }: Draft): (body: JsonObject) => Promise<Answer> {
  const path = pathOf(kind, name)
  return (body) => api.put(path, body)
}

/** Reads indexes of the target back, in few requests. Names that are not there are absent from the answer. */
export async function readIndexes(api: Api, names: readonly string[]): Promise<Map<string, JsonObject>> {
  const found = new Map<string, JsonObject>()
  for (const { segment, names: group } of inPathLengths(names)) {
    const query = { ignore_unavailable: true, expand_wildcards: 'all' }
    const [settings, mappings, aliases] = await Promise.all([
      api.find(`/${segment}/_settings`, query),
      api.find(`/${segment}/_mapping`, query),
      api.find(`/${segment}/_alias`, query),
    ])
    for (const name of group) {
      const own = objectAt(settings ?? {}, name)
      if (!isObject(own.settings)) continue
      found.set(name, {
        settings: own.settings,
        mappings: objectAt(objectAt(mappings ?? {}, name), 'mappings'),
        aliases: objectAt(objectAt(aliases ?? {}, name), 'aliases'),
      })
    }
  }
  return found
}

/** One object of the target as it is now, or null. */
export async function readBack(api: Api, kind: BodyKind, name: string): Promise<JsonObject | null> {
  if (kind === 'index') return (await readIndexes(api, [name])).get(name) ?? null
  const found = await api.find(pathOf(kind, name))
  if (found === null) return null
  if (kind === 'componentTemplate')
    return listed(found, 'component_templates', 'component_template').get(name) ?? null
  if (kind === 'indexTemplate') return listed(found, 'index_templates', 'index_template').get(name) ?? null
  return members(found).get(name) ?? null
}
