import { expect, test } from 'vitest'
import { aliasDrift, driftOf } from '../../../tools/metadata/compare.ts'
import type { BodyKind } from '../../../tools/metadata/draft.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { parseJson } from '../../../tools/metadata/json.ts'

test.each<[string, BodyKind, JsonObject, JsonObject]>([
  [
    'settings written otherwise',
    'index',
    { settings: { number_of_shards: 1, knn: true, a: { b: 'c' } } },
    { settings: { index: { number_of_shards: '1', knn: 'true', 'a.b': 'c' } } },
  ],
  [
    'what the target writes itself',
    'index',
    { settings: {} },
    {
      settings: {
        index: {
          uuid: 'u',
          creation_date: '1',
          provided_name: 'n',
          version: { created: '1' },
          replication: { type: 'DOCUMENT' },
        },
      },
    },
  ],
  [
    'explicit defaults of a mapping',
    'index',
    {
      mappings: {
        properties: { a: { type: 'text', norms: true, index: true }, o: { type: 'object', properties: {} } },
      },
    },
    { mappings: { properties: { a: { type: 'text' }, o: {} } } },
  ],
  [
    'dots in names of fields',
    'index',
    { mappings: { properties: { 'a.b': { type: 'ip' }, 'a.c': { type: 'long' } } } },
    { mappings: { properties: { a: { properties: { b: { type: 'ip' }, c: { type: 'long' } } } } } },
  ],
  ['switches written as text', 'index', { mappings: { dynamic: false } }, { mappings: { dynamic: 'false' } }],
  ['aliases of an index, which are compared apart', 'index', { aliases: { a: {} } }, {}],
  [
    'defaults of a legacy template',
    'legacyTemplate',
    { index_patterns: ['a'] },
    { index_patterns: ['a'], order: 0, settings: {}, mappings: {}, aliases: {} },
  ],
  [
    'defaults of an index template',
    'indexTemplate',
    { index_patterns: ['a'], data_stream: {} },
    { index_patterns: ['a'], composed_of: [], data_stream: { timestamp_field: { name: '@timestamp' } } },
  ],
  [
    'settings of a component template',
    'componentTemplate',
    { template: { settings: { refresh_interval: '1s' } } },
    { template: { settings: { index: { refresh_interval: '1s' } } } },
  ],
])('%s are no drift', (_, kind, expected, found) => {
  expect(driftOf(kind, expected, found)).toEqual([])
})

test.each<[string, BodyKind, JsonObject, JsonObject, unknown]>([
  [
    'another setting',
    'index',
    { settings: { refresh_interval: '1s' } },
    { settings: { index: { refresh_interval: '2s' } } },
    { path: 'settings.refresh_interval', expected: '1s', found: '2s' },
  ],
  [
    'a missing field',
    'index',
    { mappings: { properties: { a: { type: 'ip' } } } },
    { mappings: { properties: { b: { type: 'ip' }, a: { type: 'ip' } } } },
    { path: 'mappings.properties.b', found: { type: 'ip' } },
  ],
  [
    'another field type',
    'index',
    { mappings: { properties: { a: { type: 'ip' } } } },
    { mappings: { properties: { a: { type: 'long' } } } },
    { path: 'mappings.properties.a.type', expected: 'ip', found: 'long' },
  ],
  [
    'a field that is not indexed',
    'index',
    { mappings: { properties: { a: { type: 'ip' } } } },
    { mappings: { properties: { a: { type: 'ip', index: false } } } },
    { path: 'mappings.properties.a.index', found: false },
  ],
  ['another order', 'legacyTemplate', { order: 2 }, { order: 1 }, { path: 'order', expected: 2, found: 1 }],
  [
    'another processor',
    'ingestPipeline',
    { processors: [{ set: {} }] },
    { processors: [{ drop: {} }] },
    { path: 'processors', expected: [{ set: {} }], found: [{ drop: {} }] },
  ],
])('%s is drift', (_, kind, expected, found, entry) => {
  const drift = driftOf(kind, expected, found)

  expect(drift).toEqual([entry])
})

test('numbers beyond 2^53 that differ in their last digit are drift', () => {
  const body = (digits: string) => ({ mappings: { _meta: { n: parseJson(digits) } } })

  expect(driftOf('index', body('9007199254740993'), body('9007199254740993'))).toEqual([])
  expect(driftOf('index', body('9007199254740993'), body('9007199254740992'))).toHaveLength(1)
})

test('routing of an alias is the same said once or twice', () => {
  expect(aliasDrift({ routing: '1' }, { index_routing: '1', search_routing: '1' })).toEqual([])
  expect(aliasDrift({ is_write_index: true }, {})).toEqual([{ path: 'is_write_index', expected: true }])
  expect(aliasDrift({ filter: { term: { a: 1 } } }, { filter: { term: { a: 2 } } })).toHaveLength(1)
})

test('aliases of templates are compared', () => {
  const drift = driftOf('legacyTemplate', { aliases: { a: {} } }, { aliases: { b: {} } })

  expect(drift.map(({ path }) => path)).toEqual(['aliases.a', 'aliases.b'])
})
