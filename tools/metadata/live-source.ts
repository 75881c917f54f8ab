// A running cluster as the source: a few large reads, whatever the number of indexes.
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { Api } from './api.ts'
import type { BodyKind } from './draft.ts'
import { atLeast, isElasticsearch } from './gates.ts'
import { readInventory } from './inventory.ts'
import { isObject, type JsonObject, objectAt } from './json.ts'
import { inPathLengths } from './paths.ts'
import type { IndexName, MetadataSource, SourceObject } from './source.ts'

/** Reads a live Elasticsearch or OpenSearch. */
export function liveSource(api: Api, version: ClusterVersion): MetadataSource {
  const typed = isElasticsearch(version) && version.major < 7
  const composable = !isElasticsearch(version) || atLeast(version, 7, 8)
  let aliases: JsonObject | null = null

  const object = (kind: BodyKind, name: string, body: JsonObject): SourceObject => ({
    kind,
    name,
    body,
    typed: typed && kind !== 'ingestPipeline',
  })

  async function byName(kind: BodyKind, path: string): Promise<SourceObject[]> {
    const found = (await api.find(path)) ?? {}
    return sorted(
      Object.entries(found).flatMap(([name, body]) => (isObject(body) ? [object(kind, name, body)] : [])),
    )
  }

  async function listed(kind: BodyKind, path: string, list: string, member: string): Promise<SourceObject[]> {
    const entries = composable ? ((await api.find(path))?.[list] ?? []) : []
    if (!Array.isArray(entries)) return []
    return sorted(
      entries.flatMap((entry) =>
        isObject(entry) && typeof entry.name === 'string' && isObject(entry[member])
          ? [object(kind, entry.name, entry[member])]
          : [],
      ),
    )
  }

  return {
    legacyTemplates: () => byName('legacyTemplate', '/_template'),
    componentTemplates: () =>
      listed('componentTemplate', '/_component_template', 'component_templates', 'component_template'),
    indexTemplates: () => listed('indexTemplate', '/_index_template', 'index_templates', 'index_template'),
    pipelines: () => byName('ingestPipeline', '/_ingest/pipeline'),
    async indexNames() {
      const hidden = composable || atLeast(version, 7, 7) ? ',hidden' : ''
      const [all, closed] = await Promise.all([
        api.read('/_all/_alias', { expand_wildcards: 'all' }),
        api.find('/_all/_alias', { expand_wildcards: `closed${hidden}` }),
      ])
      aliases = all
      const names = Object.keys(all).map((name) => ({ name, open: closed?.[name] === undefined }))
      return names.sort(byOwnName) satisfies IndexName[]
    },
    async *indexes(names) {
      aliases ??= await api.read('/_all/_alias', { expand_wildcards: 'all' })
      for (const path of inPathLengths(names)) {
        const query = { ignore_unavailable: true, expand_wildcards: 'all' }
        const [settings, mappings] = await Promise.all([
          api.find(`/${path.segment}/_settings`, query),
          api.find(`/${path.segment}/_mapping`, query),
        ])
        yield path.names.flatMap((name) => {
          const own = objectAt(settings ?? {}, name)
          if (!isObject(own.settings)) return []
          const body = {
            settings: own.settings,
            mappings: objectAt(objectAt(mappings ?? {}, name), 'mappings'),
            aliases: objectAt(objectAt(aliases ?? {}, name), 'aliases'),
          }
          return [object('index', name, body)]
        })
      }
    },
    inventory: () => readInventory(api, version),
  }
}

function sorted(objects: SourceObject[]): SourceObject[] {
  return objects.sort(byOwnName)
}

const byOwnName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
