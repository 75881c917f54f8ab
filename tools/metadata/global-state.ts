// `meta-<uuid>.dat` of a snapshot: templates, pipelines, and the names of what is not migrated.
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { NotMigrated } from '../../shared/domain/metadata.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import type { ChosenSnapshot, Repository } from '../snapshot/repository.ts'
import type { BodyKind } from './draft.ts'
import { concerns } from './inventory.ts'
import { isObject, type Json, type JsonObject, objectAt } from './json.ts'
import { probes } from './probe-list.ts'
import { toJsonObject, withoutType } from './snapshot-values.ts'

const maxNames = 50

/** Kinds that are not migrated and that the global state holds, with where it holds their names. */
const held: Record<string, readonly string[]> = {
  ilm: ['index_lifecycle', 'policies'],
  data_streams: ['data_stream', 'data_stream'],
  stored_scripts: ['stored_scripts'],
  cluster_settings: ['settings'],
  enrich: ['enrich', 'policies'],
  ccr: ['ccr_auto_follow', 'patterns'],
}

type Named = { name: string; body: JsonObject }

/** Reads it whole. A damaged file is kept as `failure`: whoever needs nothing of it is not in the way of it. */
export async function readGlobalState(
  repository: Repository,
  chosen: ChosenSnapshot,
  signal: AbortSignal,
): Promise<GlobalState> {
  const file = `meta-${chosen.entry.uuid}.dat`
  try {
    const metadata = toJsonObject(file, await repository.globalMetadata(chosen, signal))
    return new GlobalState(metadata, chosen.info.includeGlobalState, null)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof RepositoryError)) throw error
    return new GlobalState({}, chosen.info.includeGlobalState, error)
  }
}

export class GlobalState {
  readonly failure: RepositoryError | null
  readonly clusterUuid: Json | undefined
  /** False where the snapshot was taken without it. */
  readonly included: boolean
  readonly #metadata: JsonObject

  /** `included` is null where the version does not write it down; then an unnamed cluster says that it was left out. */
  constructor(metadata: JsonObject, included: boolean | null, failure: RepositoryError | null) {
    this.failure = failure
    this.clusterUuid = metadata.cluster_uuid
    this.included = included ?? metadata.cluster_uuid !== '_na_'
    this.#metadata = metadata
  }

  objects(kind: Exclude<BodyKind, 'index'>, typed: boolean): Named[] {
    return this.#raw(kind)
      .map(({ name, body }) => ({ name, body: shaped(kind, body, typed) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #raw(kind: Exclude<BodyKind, 'index'>): Named[] {
    const all = this.#metadata
    switch (kind) {
      case 'legacyTemplate':
        return members(objectAt(all, 'templates'))
      case 'componentTemplate':
        return members(objectAt(objectAt(all, 'component_template'), 'component_template'))
      case 'indexTemplate':
        return members(objectAt(objectAt(all, 'index_template'), 'index_template'))
      case 'ingestPipeline':
        return pipelines(objectAt(all, 'ingest').pipeline)
    }
  }

  /** What the state names and is not migrated, and one entry for all that no snapshot tells. */
  inventory(version: ClusterVersion): NotMigrated[] {
    const asked = probes.filter((probe) => concerns(probe, version))
    const readable = this.failure === null && this.included
    const [told, untold] = [true, false].map((wanted) =>
      asked.filter(({ kind }) => (readable && Object.hasOwn(held, kind)) === wanted),
    )
    const counted = (told ?? []).map(({ kind, title }): NotMigrated => {
      const place = (held[kind] ?? []).reduce(objectAt, this.#metadata)
      const names = namesIn(kind, place).sort()
      return { kind, title, count: names.length, names: names.slice(0, maxNames), unknown: null }
    })
    const why = readable
      ? 'a snapshot does not hold them'
      : (this.failure?.message ?? 'the snapshot was taken without the global state')
    const title = (untold ?? []).map((probe) => probe.title).join(', ')
    return [...counted, { kind: 'not_in_snapshot', title, count: null, names: [], unknown: why }]
  }
}

/** Cluster settings are told flat, whatever depth they are kept in. */
function namesIn(kind: string, place: JsonObject): string[] {
  if (kind !== 'cluster_settings') return Object.keys(place)
  const flat = (tree: JsonObject, prefix: string): string[] =>
    Object.entries(tree).flatMap(([key, value]) =>
      isObject(value) ? flat(value, `${prefix}${key}.`) : [prefix + key],
    )
  return flat(place, '')
}

function members(found: JsonObject): Named[] {
  return Object.entries(found).flatMap(([name, body]) => (isObject(body) ? [{ name, body }] : []))
}

function pipelines(list: Json | undefined): Named[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((entry) =>
    isObject(entry) && typeof entry.id === 'string' && isObject(entry.config)
      ? [{ name: entry.id, body: entry.config }]
      : [],
  )
}

/** As the API would answer it: a mapping instead of a list of mappings, without a type where versions have none. */
function shaped(kind: BodyKind, body: JsonObject, typed: boolean): JsonObject {
  if (kind === 'ingestPipeline') return body
  if (kind === 'legacyTemplate') {
    const list = Array.isArray(body.mappings) ? body.mappings.filter(isObject) : [objectAt(body, 'mappings')]
    const mappings: JsonObject = Object.assign({}, ...list)
    return { ...body, mappings: typed ? mappings : withoutType(mappings) }
  }
  const { template } = body
  if (!isObject(template) || !isObject(template.mappings) || !Object.hasOwn(template.mappings, '_doc'))
    return body
  return { ...body, template: { ...template, mappings: withoutType(template.mappings) } }
}
