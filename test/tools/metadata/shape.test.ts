import { expect, test } from 'vitest'
import type { BodyKind } from '../../../tools/metadata/draft.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { throughAll } from './bodies.ts'

test.each<[string, BodyKind, string, JsonObject, JsonObject]>([
  [
    'a template clause becomes a list of patterns',
    'legacyTemplate',
    'ES 5.6',
    { template: 'logs-*', order: 1 },
    { index_patterns: ['logs-*'], order: 1 },
  ],
  [
    'patterns that are there stay',
    'legacyTemplate',
    'ES 6.8',
    { index_patterns: ['a', 'b'] },
    { index_patterns: ['a', 'b'] },
  ],
  [
    'empty parts are left out',
    'legacyTemplate',
    'ES 7.10',
    { index_patterns: ['a'], settings: {}, mappings: {}, aliases: {} },
    { index_patterns: ['a'] },
  ],
  [
    'data stream templates keep what OpenSearch knows',
    'indexTemplate',
    'ES 8.14',
    {
      index_patterns: ['a'],
      data_stream: { hidden: false, allow_custom_routing: false, timestamp_field: { name: 'at' } },
    },
    { index_patterns: ['a'], data_stream: { timestamp_field: { name: 'at' } } },
  ],
  [
    'keys of Elasticsearch alone go',
    'indexTemplate',
    'ES 8.14',
    {
      index_patterns: ['a'],
      priority: 1,
      allow_auto_create: true,
      deprecated: false,
      template: { lifecycle: { enabled: true } },
    },
    { index_patterns: ['a'], priority: 1 },
  ],
  [
    'component templates keep their metadata',
    'componentTemplate',
    'ES 8.14',
    {
      template: { settings: { 'index.codec': 'best_compression' } },
      version: 3,
      _meta: { a: 1 },
      deprecated: true,
    },
    { template: { settings: { codec: 'best_compression' } }, version: 3, _meta: { a: 1 } },
  ],
  [
    'pipelines keep what OpenSearch knows',
    'ingestPipeline',
    'ES 8.14',
    { description: 'd', processors: [], _meta: { a: 1 }, created_date_millis: 1 },
    { description: 'd', processors: [] },
  ],
])('shape: %s', (_, kind, source, before, after) => {
  const [draft] = throughAll(kind, before, source, 'OS 2.19')

  expect(draft?.body).toEqual(after)
})

test('shape: what goes is recorded', () => {
  const [draft] = throughAll(
    'indexTemplate',
    { index_patterns: ['a'], template: { lifecycle: { enabled: true } } },
    'ES 8.14',
    'OS 2.19',
  )

  expect(draft?.changes).toEqual([
    {
      path: 'template.lifecycle',
      change: 'removed',
      from: { enabled: true },
      rule: 'shape',
      reason: expect.any(String),
    },
  ])
  expect(draft?.warnings).toEqual([expect.stringContaining('Index State Management')])
})
