// A running cluster as the source: a few large reads, whatever the number of indexes.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { effectiveVersion } from '../../shared/cluster/version.ts'
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import { Api } from './api.ts'
import { clusterIdOf } from './clusters.ts'
import type { BodyKind } from './draft.ts'
import { atLeast, isElasticsearch } from './gates.ts'
import { readInventory } from './inventory.ts'
import { isObject, type JsonObject, objectAt } from './json.ts'
import { inPathLengths } from './paths.ts'
import type { MetadataSource, Origin, SourceObject } from './source.ts'

/** A live Elasticsearch or OpenSearch. */
export function liveOrigin(client: ClusterClient, signal: AbortSignal): Origin {
  const api = new Api(client, signal)
  return {
    endpoint: client.connection.endpoint,
    snapshot: null,
    version: () => effectiveVersion(client),
    clusterId: () => clusterIdOf(api),
    open: (version) => new LiveSource(api, version),
    close: () => client.close(),
  }
}

class LiveSource implements MetadataSource {
  readonly #api: Api
  readonly #version: ClusterVersion
  readonly #typed: boolean
  readonly #composable: boolean
  #aliases: JsonObject | null = null
  #closed: ReadonlySet<string> = new Set()

  constructor(api: Api, version: ClusterVersion) {
    this.#api = api
    this.#version = version
    this.#typed = isElasticsearch(version) && version.major < 7
    this.#composable = !isElasticsearch(version) || atLeast(version, 7, 8)
  }

  legacyTemplates() {
    return this.#byName('legacyTemplate', '/_template')
  }

  componentTemplates() {
    return this.#listed(
      'componentTemplate',
      '/_component_template',
      'component_templates',
      'component_template',
    )
  }

  indexTemplates() {
    return this.#listed('indexTemplate', '/_index_template', 'index_templates', 'index_template')
  }

  pipelines() {
    return this.#byName('ingestPipeline', '/_ingest/pipeline')
  }

  inventory() {
    return readInventory(this.#api, this.#version)
  }

  async indexNames(): Promise<string[]> {
    const hidden = this.#composable || atLeast(this.#version, 7, 7) ? ',hidden' : ''
    const [all, closed] = await Promise.all([
      this.#readAliases(),
      this.#api.find('/_all/_alias', { expand_wildcards: `closed${hidden}` }),
    ])
    this.#closed = new Set(Object.keys(closed ?? {}))
    return Object.keys(all).sort()
  }

  async *indexes(names: readonly string[]): AsyncIterable<SourceObject[]> {
    const aliases = this.#aliases ?? (await this.#readAliases())
    const query = { ignore_unavailable: true, expand_wildcards: 'all' }
    for (const { segment, names: group } of inPathLengths(names)) {
      const [settings, mappings] = await Promise.all([
        this.#api.find(`/${segment}/_settings`, query),
        this.#api.find(`/${segment}/_mapping`, query),
      ])
      yield group.flatMap((name) => {
        const own = objectAt(settings ?? {}, name)
        if (!isObject(own.settings)) return []
        const body = {
          settings: own.settings,
          mappings: objectAt(objectAt(mappings ?? {}, name), 'mappings'),
          aliases: objectAt(objectAt(aliases, name), 'aliases'),
        }
        return [{ ...this.#object('index', name, body), closed: this.#closed.has(name) }]
      })
    }
  }

  async #readAliases(): Promise<JsonObject> {
    this.#aliases = await this.#api.read('/_all/_alias', { expand_wildcards: 'all' })
    return this.#aliases
  }

  #object(kind: BodyKind, name: string, body: JsonObject): SourceObject {
    return { kind, name, body, typed: this.#typed && kind !== 'ingestPipeline' }
  }

  async #byName(kind: BodyKind, path: string): Promise<SourceObject[]> {
    const found = (await this.#api.find(path)) ?? {}
    return sorted(
      Object.entries(found).flatMap(([name, body]) =>
        isObject(body) ? [this.#object(kind, name, body)] : [],
      ),
    )
  }

  async #listed(kind: BodyKind, path: string, list: string, member: string): Promise<SourceObject[]> {
    const entries = this.#composable ? ((await this.#api.find(path))?.[list] ?? []) : []
    if (!Array.isArray(entries)) return []
    return sorted(
      entries.flatMap((entry) =>
        isObject(entry) && typeof entry.name === 'string' && isObject(entry[member])
          ? [this.#object(kind, entry.name, entry[member])]
          : [],
      ),
    )
  }
}

function sorted(objects: SourceObject[]): SourceObject[] {
  return objects.sort(byOwnName)
}

const byOwnName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
