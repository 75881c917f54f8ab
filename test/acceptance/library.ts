// A small library as each version would keep it, with what is particular to that version, for every pair of versions.
import type { EngineName } from '../rigs/engines.ts'
import type { Difference } from './compare.ts'

type Objects = [path: string, body: unknown][]
type Change = Omit<Difference, 'object'>

export type Pair = {
  source: EngineName
  target: EngineName
  objects: Objects
  /** All that may differ, by object, beside how each OpenSearch from 2 on says that it replicates. */
  expected: Record<string, Change[]>
}

export const prefix = 'library'
const books = `${prefix}-books`

const settings = {
  'index.number_of_shards': '2',
  'index.number_of_replicas': '0',
  'index.refresh_interval': '8s',
}
const aliases = { [`${prefix}-lent`]: { filter: { term: { lent: true } }, routing: 'a' } }
const fields = {
  title: { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 80 } } },
  lent: { type: 'boolean' },
  chapters: { type: 'nested', properties: { page: { type: 'integer' } } },
}
const template = { settings: { 'index.number_of_shards': '1' }, aliases: { [`${prefix}-made`]: {} } }

const oldest: Objects = [
  [
    `/_template/${prefix}-old`,
    { ...template, template: `${prefix}-old-*`, order: 4, mappings: { book: { properties: fields } } },
  ],
  [
    `/${books}`,
    {
      settings,
      aliases,
      mappings: {
        book: { properties: fields },
        journal: { properties: { title: fields.title, issue: { type: 'long' } } },
      },
    },
  ],
  [
    `/${prefix}-text`,
    { mappings: { page: { properties: { all: { type: 'text', include_in_all: false, norms: false } } } } },
  ],
]

const composable: Objects = [
  [`/_component_template/${prefix}-part`, { template: { mappings: { properties: fields } }, version: 2 }],
  [
    `/_index_template/${prefix}-whole`,
    { index_patterns: [`${prefix}-whole-*`], priority: 7, composed_of: [`${prefix}-part`], template },
  ],
]

const opensearch: Objects = [
  ...composable,
  [`/_template/${prefix}-old`, { ...template, index_patterns: [`${prefix}-old-*`], order: 4 }],
  [`/${books}`, { settings, aliases, mappings: { properties: fields } }],
]

const newest: Objects = [
  ...composable,
  [
    `/${books}`,
    {
      settings,
      aliases,
      mappings: {
        runtime: { shout: { type: 'keyword' } },
        properties: {
          ...fields,
          labels: { type: 'flattened', ignore_above: 10 },
        },
      },
    },
  ],
]

const ofOldest: Pair['expected'] = {
  [`index ${prefix}-text`]: [{ path: 'mappings.properties.all.include_in_all', source: false }],
  [`legacyTemplate ${prefix}-old`]: [
    { path: 'index_patterns', target: [`${prefix}-old-*`] },
    { path: 'template', source: `${prefix}-old-*` },
  ],
}

/** flat_object takes no ignore_above; OpenSearch has no runtime fields and no data tiers. */
const ofNewest: Pair['expected'] = {
  [`index ${books}`]: [
    { path: 'mappings.properties.labels.ignore_above', source: 10 },
    { path: 'mappings.properties.labels.type', source: 'flattened', target: 'flat_object' },
    { path: 'mappings.runtime.shout.type', source: 'keyword' },
    { path: 'settings.index.routing.allocation.include._tier_preference', source: 'data_content' },
  ],
}

export const pairs: Pair[] = [
  { source: 'es5', target: 'os2', objects: oldest, expected: ofOldest },
  { source: 'os1', target: 'os3', objects: opensearch, expected: {} },
  { source: 'es8', target: 'os2', objects: newest, expected: ofNewest },
  { source: 'es8', target: 'os3', objects: newest, expected: ofNewest },
]
