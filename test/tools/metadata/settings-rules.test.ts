import { expect, test } from 'vitest'
import type { BodyKind } from '../../../tools/metadata/draft.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { analysisComponents } from '../../../tools/metadata/rules/analysis.ts'
import { privateSettings } from '../../../tools/metadata/rules/private-settings.ts'
import { replicasPerZone } from '../../../tools/metadata/rules/replicas.ts'
import { classicSimilarity, gramLimits, routingShards } from '../../../tools/metadata/rules/settings.ts'
import { settingsTree } from '../../../tools/metadata/settings-tree.ts'
import { afterRule, throughAll } from './bodies.ts'

type Row = [what: string, source: string, target: string, before: JsonObject, after: JsonObject]

test.each<Row>([
  [
    'what the cluster writes goes',
    'ES 7.10',
    'OS 2.19',
    {
      creation_date: '1',
      uuid: 'u',
      provided_name: 'n',
      version: { created: '7' },
      'history.uuid': 'h',
      verified_before_close: 'true',
      refresh_interval: '5s',
    },
    { refresh_interval: '5s' },
  ],
  ['blocks go', 'ES 7.10', 'OS 2.19', { blocks: { write: 'true', read_only_allow_delete: 'true' } }, {}],
  [
    'what a resize left goes',
    'ES 7.10',
    'OS 2.19',
    { resize: { source: { name: 'a' } }, 'routing.allocation.initial_recovery._id': 'x' },
    {},
  ],
  [
    'node and tier preferences go',
    'ES 7.10',
    'OS 2.19',
    {
      routing: {
        allocation: {
          include: { _tier_preference: 'data_content' },
          require: { box: 'hot' },
          exclude: { _ip: 'x' },
          total_shards_per_node: '1',
        },
      },
    },
    { routing: { allocation: { total_shards_per_node: '1' } } },
  ],
  [
    'settings of mapping types go',
    'ES 6.8',
    'OS 2.19',
    { mapping: { single_type: 'true', total_fields: { limit: '2000' } }, mapper: { dynamic: 'false' } },
    { mapping: { total_fields: { limit: '2000' } } },
  ],
  ['soft deletes off go for OpenSearch 2', 'ES 7.10', 'OS 2.0', { soft_deletes: { enabled: 'false' } }, {}],
  [
    'soft deletes off stay for OpenSearch 1',
    'ES 7.10',
    'OS 1.3',
    { soft_deletes: { enabled: 'false' } },
    { soft_deletes: { enabled: 'false' } },
  ],
  [
    'soft deletes on stay',
    'ES 7.10',
    'OS 2.19',
    { soft_deletes: { enabled: 'true', retention: { operations: '5' } } },
    { soft_deletes: { enabled: 'true', retention: { operations: '5' } } },
  ],
  [
    'translog retention goes',
    'ES 7.10',
    'OS 2.19',
    { translog: { retention: { size: '1gb', age: '1h' }, durability: 'async' } },
    { translog: { durability: 'async' } },
  ],
  ['lifecycle management goes', 'ES 7.10', 'OS 2.19', { lifecycle: { name: 'p', rollover_alias: 'a' } }, {}],
  [
    'frozen and throttled go',
    'ES 7.10',
    'OS 2.19',
    { frozen: 'true', search: { throttled: 'true', idle: { after: '1m' } } },
    { search: { idle: { after: '1m' } } },
  ],
  [
    'the store of a searchable snapshot goes',
    'ES 7.17',
    'OS 2.19',
    { store: { type: 'snapshot', snapshot: { index_name: 'a' } } },
    {},
  ],
  ['other stores stay', 'ES 7.17', 'OS 2.19', { store: { type: 'niofs' } }, { store: { type: 'niofs' } }],
  [
    'time series mode goes',
    'ES 8.14',
    'OS 2.19',
    { mode: 'time_series', routing_path: ['a'], time_series: { start_time: 'x' } },
    {},
  ],
])('private-settings: %s (%s to %s)', (_, source, target, before, after) => {
  const draft = afterRule(privateSettings, { settings: { index: before } }, source, target)

  expect(draft.body.settings).toEqual(settingsTree(after))
  expect(draft.changes.every(({ change, rule }) => change === 'removed' && rule === 'private-settings')).toBe(
    true,
  )
})

test.each<[BodyKind, JsonObject]>([
  [
    'legacyTemplate',
    {
      index_patterns: ['a*'],
      settings: { index: { mapping: { single_type: 'true' }, 'mapper.dynamic': 'true' } },
    },
  ],
  [
    'indexTemplate',
    {
      index_patterns: ['a*'],
      template: { settings: { index: { mapping: { single_type: 'true' }, 'mapper.dynamic': 'true' } } },
    },
  ],
  [
    'componentTemplate',
    { template: { settings: { 'index.mapper.dynamic': 'true', 'index.lifecycle.name': 'p' } } },
  ],
])('private settings are stripped from a %s too', (kind, body) => {
  const [draft] = throughAll(kind, body, 'ES 7.10', 'OS 2.19')

  expect(JSON.stringify(draft?.body)).not.toMatch(/single_type|mapper|lifecycle/)
})

test.each([
  ['1 replica over 2 zones stays', '1', 2, '1'],
  ['1 replica over 3 zones becomes 2', '1', 3, '2'],
  ['0 replicas over 2 zones become 1', 0, 2, 1],
  ['2 replicas over 2 zones become 3', '2', 2, '3'],
  ['without zones nothing changes', '1', 1, '1'],
])('replicas-per-zone: %s', (_, before, zones, after) => {
  const draft = afterRule(
    replicasPerZone,
    { settings: { number_of_replicas: before } },
    'ES 7.10',
    'OS 2.19',
    zones,
  )

  expect(draft.body.settings).toEqual({ number_of_replicas: after })
})

test('replicas-per-zone: replicas that expand by themselves are left alone', () => {
  const settings = { number_of_replicas: '1', auto_expand_replicas: '0-all' }

  expect(afterRule(replicasPerZone, { settings }, 'ES 7.10', 'OS 2.19', 3).body.settings).toEqual(settings)
})

test.each<[string, JsonObject, JsonObject]>([
  ['flat with the index level', { 'index.refresh_interval': '1s' }, { refresh_interval: '1s' }],
  [
    'nested with the index level',
    { index: { analysis: { filter: { a: { type: 'b' } } } } },
    { analysis: { filter: { a: { type: 'b' } } } },
  ],
  ['without the index level', { refresh_interval: '1s' }, { refresh_interval: '1s' }],
  ['mixed', { index: { 'a.b': 1 }, 'index.a.c': 2, a: { d: 3 } }, { a: { b: 1, c: 2, d: 3 } }],
  ['a leaf that is a parent too', { 'index.a': 1, 'index.a.b': 2 }, { a: 1, 'a.b': 2 }],
  [
    'lists by number',
    { 'index.analysis.filter.s.stopwords.0': 'a', 'index.analysis.filter.s.stopwords.1': 'b' },
    { analysis: { filter: { s: { stopwords: ['a', 'b'] } } } },
  ],
])('settings written %s become one tree', (_, before, after) => {
  expect(settingsTree(before)).toEqual(after)
})

const analysisOf = (analysis: JsonObject) => ({ settings: { index: { analysis } } })

test.each<Row>([
  [
    'the standard filter goes',
    'ES 6.8',
    'OS 2.19',
    { analyzer: { a: { tokenizer: 'standard', filter: ['standard', 'lowercase'] } } },
    { analyzer: { a: { tokenizer: 'standard', filter: ['lowercase'] } } },
  ],
  [
    'a defined standard filter goes with its references',
    'ES 6.8',
    'OS 2.19',
    { filter: { own: { type: 'standard' }, b: { type: 'stop' } }, analyzer: { a: { filter: ['own', 'b'] } } },
    { filter: { b: { type: 'stop' } }, analyzer: { a: { filter: ['b'] } } },
  ],
  [
    'delimited_payload_filter is renamed',
    'ES 7.10',
    'OS 2.19',
    {
      filter: { d: { type: 'delimited_payload_filter' } },
      analyzer: { a: { filter: ['d', 'delimited_payload_filter'] } },
    },
    { filter: { d: { type: 'delimited_payload' } }, analyzer: { a: { filter: ['d', 'delimited_payload'] } } },
  ],
  [
    'nGram and edgeNGram are renamed',
    'ES 7.10',
    'OS 2.19',
    {
      filter: { n: { type: 'nGram' }, e: { type: 'edgeNGram' } },
      tokenizer: { t: { type: 'edgeNGram' } },
      analyzer: { a: { tokenizer: 'nGram', filter: ['edgeNGram'] } },
    },
    {
      filter: { n: { type: 'ngram' }, e: { type: 'edge_ngram' } },
      tokenizer: { t: { type: 'edge_ngram' } },
      analyzer: { a: { tokenizer: 'ngram', filter: ['edge_ngram'] } },
    },
  ],
  [
    'an own component of the old name keeps it',
    'ES 7.10',
    'OS 2.19',
    { filter: { nGram: { type: 'ngram' } }, analyzer: { a: { filter: ['nGram'] } } },
    { filter: { nGram: { type: 'ngram' } }, analyzer: { a: { filter: ['nGram'] } } },
  ],
  [
    'PathHierarchy is renamed, whatever the source',
    'OS 1.3',
    'OS 2.19',
    { tokenizer: { p: { type: 'PathHierarchy' } }, analyzer: { a: { tokenizer: 'PathHierarchy' } } },
    { tokenizer: { p: { type: 'path_hierarchy' } }, analyzer: { a: { tokenizer: 'path_hierarchy' } } },
  ],
  [
    'htmlStrip is renamed',
    'ES 7.10',
    'OS 2.19',
    { analyzer: { a: { char_filter: ['htmlStrip'] } } },
    { analyzer: { a: { char_filter: ['html_strip'] } } },
  ],
  [
    'normalizers are renamed',
    'ES 7.10',
    'OS 2.19',
    { normalizer: { n: { char_filter: 'htmlStrip' } } },
    { normalizer: { n: { char_filter: 'html_strip' } } },
  ],
  [
    'standard_html_strip is spelled out',
    'ES 6.8',
    'OS 2.19',
    { analyzer: { a: { type: 'standard_html_strip' } } },
    {
      analyzer: {
        a: { type: 'custom', tokenizer: 'standard', char_filter: ['html_strip'], filter: ['lowercase'] },
      },
    },
  ],
  [
    'Elasticsearch 8 has no old names',
    'ES 8.14',
    'OS 2.19',
    { analyzer: { a: { tokenizer: 'nGram' } } },
    { analyzer: { a: { tokenizer: 'nGram' } } },
  ],
])('analysis-components: %s (%s to %s)', (_, source, target, before, after) => {
  expect(afterRule(analysisComponents, analysisOf(before), source, target).body.settings).toEqual({
    analysis: after,
  })
})

test('analysis-components: settings written flat are renamed too', () => {
  const settings = {
    'index.analysis.filter.x.type': 'nGram',
    'index.analysis.analyzer.a.filter': ['x', 'standard'],
  }

  const draft = afterRule(analysisComponents, { settings }, 'ES 6.8', 'OS 2.19')

  expect(draft.body.settings).toEqual({
    analysis: { filter: { x: { type: 'ngram' } }, analyzer: { a: { filter: ['x'] } } },
  })
})

test('analysis-components: standard_html_strip is defined where a field names it', () => {
  const body = { mappings: { properties: { f: { type: 'text', analyzer: 'standard_html_strip' } } } }

  const draft = afterRule(analysisComponents, body, 'ES 6.8', 'OS 2.19')

  expect(draft.body.settings).toMatchObject({
    analysis: { analyzer: { standard_html_strip: { char_filter: ['html_strip'] } } },
  })
})

test.each<[string, string, JsonObject, JsonObject]>([
  [
    'n-grams that reach further than one',
    'ES 6.8',
    { filter: { n: { type: 'nGram', min_gram: 2, max_gram: '8' } } },
    { max_ngram_diff: 6 },
  ],
  [
    'shingles that reach further than three',
    'ES 5.6',
    { filter: { s: { type: 'shingle', max_shingle_size: 9 } } },
    { max_shingle_diff: 7 },
  ],
  [
    'edge n-grams need no limit',
    'ES 6.8',
    { filter: { n: { type: 'edge_ngram', min_gram: 1, max_gram: 20 } } },
    {},
  ],
  [
    'Elasticsearch 7 had the limit itself',
    'ES 7.10',
    { filter: { n: { type: 'ngram', min_gram: 1, max_gram: 5 } } },
    {},
  ],
])('gram-limits: %s (%s)', (_, source, analysis, limits) => {
  const draft = afterRule(gramLimits, analysisOf(analysis), source, 'OS 2.19')

  expect(draft.body.settings).toEqual({ analysis, ...limits })
})

test('classic-similarity: it becomes BM25 with a warning', () => {
  const draft = afterRule(
    classicSimilarity,
    { settings: { similarity: { s: { type: 'classic' }, b: { type: 'DFR' } } } },
    'ES 6.8',
    'OS 2.19',
  )

  expect(draft.body.settings).toEqual({ similarity: { s: { type: 'BM25' }, b: { type: 'DFR' } } })
  expect(draft.warnings).toHaveLength(1)
})

test('routing-shards: the private name becomes the public one', () => {
  const draft = afterRule(
    routingShards,
    { settings: { number_of_shards: '2', routing_num_shards: '8' } },
    'ES 7.10',
    'OS 2.19',
  )

  expect(draft.body.settings).toEqual({ number_of_shards: '2', number_of_routing_shards: '8' })
})
