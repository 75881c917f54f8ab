import { expect, test } from 'vitest'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { javaFormat, jodaDateFormats } from '../../../tools/metadata/rules/dates.ts'
import { fieldParameters } from '../../../tools/metadata/rules/field-params.ts'
import { fieldTypes } from '../../../tools/metadata/rules/field-types.ts'
import { rootParameters } from '../../../tools/metadata/rules/root-params.ts'
import type { Rule } from '../../../tools/metadata/rules/rule.ts'
import { stringToTextOrKeyword } from '../../../tools/metadata/rules/strings.ts'
import { afterRule, fieldAfter } from './bodies.ts'

type Row = [what: string, source: string, target: string, before: JsonObject, after: JsonObject]

function table(rule: Rule, rows: Row[]): void {
  test.each(rows)(`${rule.id}: %s (%s to %s)`, (_, source, target, before, after) => {
    expect(fieldAfter(rule, before, source, target)).toEqual(after)
  })
}

table(stringToTextOrKeyword, [
  ['a string becomes text', 'ES 5.6', 'OS 2.19', { type: 'string' }, { type: 'text' }],
  [
    'an analyzed string becomes text',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', index: 'analyzed' },
    { type: 'text' },
  ],
  [
    'a string that is not analyzed becomes keyword',
    'ES 5.6',
    'OS 1.3',
    { type: 'string', index: 'not_analyzed' },
    { type: 'keyword' },
  ],
  [
    'a string that is not indexed becomes keyword',
    'ES 5.6',
    'OS 3.4',
    { type: 'string', index: 'no' },
    { type: 'keyword', index: false },
  ],
  [
    'index false makes a keyword',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', index: false },
    { type: 'keyword', index: false },
  ],
  [
    'keyword loses what is for text',
    'ES 5.6',
    'OS 2.19',
    {
      type: 'string',
      index: 'not_analyzed',
      analyzer: 'a',
      search_analyzer: 'a',
      position_increment_gap: 1,
      term_vector: 'yes',
      fielddata: true,
      null_value: 'x',
    },
    { type: 'keyword', null_value: 'x' },
  ],
  [
    'text loses what is for keyword',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', doc_values: false, null_value: 'x', analyzer: 'a' },
    { type: 'text', analyzer: 'a' },
  ],
  [
    'norms become a switch',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', norms: { enabled: false } },
    { type: 'text', norms: false },
  ],
  [
    'disabled fielddata becomes a switch',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', fielddata: { format: 'disabled' } },
    { type: 'text', fielddata: false },
  ],
  [
    'other fielddata formats go',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', fielddata: { format: 'paged_bytes' } },
    { type: 'text' },
  ],
  [
    'multi-fields are converted',
    'ES 5.6',
    'OS 2.19',
    { type: 'string', fields: { raw: { type: 'string', index: 'not_analyzed' } } },
    { type: 'text', fields: { raw: { type: 'keyword' } } },
  ],
  [
    'sub-fields are converted',
    'ES 5.6',
    'OS 2.19',
    { properties: { s: { type: 'string' } } },
    { properties: { s: { type: 'text' } } },
  ],
  [
    'a field called string stays',
    'ES 5.6',
    'OS 2.19',
    { properties: { string: { type: 'long' } } },
    { properties: { string: { type: 'long' } } },
  ],
  ['Elasticsearch 6 has no strings left', 'ES 6.8', 'OS 2.19', { type: 'string' }, { type: 'string' }],
])

test('string-to-text-or-keyword: dynamic templates are converted', () => {
  const mappings = {
    dynamic_templates: [{ s: { match: '*', mapping: { type: 'string', index: 'not_analyzed' } } }],
  }

  const draft = afterRule(stringToTextOrKeyword, { mappings }, 'ES 5.6', 'OS 2.19')

  expect(draft.body.mappings).toEqual({
    dynamic_templates: [{ s: { match: '*', mapping: { type: 'keyword' } } }],
  })
  expect(draft.changes.map(({ path }) => path)).toContain('mappings.dynamic_templates.s.mapping.type')
})

table(fieldTypes, [
  [
    'flattened becomes flat_object without its parameters',
    'ES 7.10',
    'OS 2.7',
    { type: 'flattened', index: false, depth_limit: 3 },
    { type: 'flat_object' },
  ],
  [
    'flattened becomes an object where there is no flat_object',
    'ES 7.10',
    'OS 2.6',
    { type: 'flattened' },
    { type: 'object', enabled: false },
  ],
  ['flattened is known from 7.3 on', 'ES 7.2', 'OS 2.19', { type: 'flattened' }, { type: 'flattened' }],
  [
    'constant_keyword stays from 2.14 on',
    'ES 7.10',
    'OS 2.14',
    { type: 'constant_keyword', value: 'a' },
    { type: 'constant_keyword', value: 'a' },
  ],
  [
    'constant_keyword becomes keyword before',
    'ES 7.10',
    'OS 2.13',
    { type: 'constant_keyword', value: 'a' },
    { type: 'keyword' },
  ],
  [
    'wildcard stays from 2.15 on',
    'ES 7.10',
    'OS 2.19',
    { type: 'wildcard', ignore_above: 9 },
    { type: 'wildcard', ignore_above: 9 },
  ],
  [
    'wildcard becomes keyword before',
    'ES 7.10',
    'OS 1.3',
    { type: 'wildcard', ignore_above: 9 },
    { type: 'keyword', ignore_above: 9 },
  ],
  [
    'unsigned_long stays from 2.8 on',
    'ES 7.10',
    'OS 2.8',
    { type: 'unsigned_long' },
    { type: 'unsigned_long' },
  ],
  [
    'unsigned_long becomes double before',
    'ES 7.10',
    'OS 2.7',
    { type: 'unsigned_long', index: false },
    { type: 'double', index: false },
  ],
  [
    'match_only_text stays from 2.12 on',
    'ES 8.14',
    'OS 2.12',
    { type: 'match_only_text' },
    { type: 'match_only_text' },
  ],
  [
    'match_only_text becomes text before, multi-fields kept',
    'ES 8.14',
    'OS 2.11',
    { type: 'match_only_text', fields: { k: { type: 'keyword' } } },
    { type: 'text', norms: false, fields: { k: { type: 'keyword' } } },
  ],
  ['version stays from 3.2 on', 'ES 8.14', 'OS 3.4', { type: 'version' }, { type: 'version' }],
  ['version becomes keyword before', 'ES 8.14', 'OS 2.19', { type: 'version' }, { type: 'keyword' }],
  [
    'histogram becomes an object that is not searched',
    'ES 7.17',
    'OS 3.4',
    { type: 'histogram' },
    { type: 'object', enabled: false },
  ],
  [
    'aggregate_metric_double becomes an object of its metrics',
    'ES 8.14',
    'OS 2.19',
    { type: 'aggregate_metric_double', metrics: ['min', 'value_count'], default_metric: 'min' },
    { properties: { min: { type: 'double' }, value_count: { type: 'long' } } },
  ],
  [
    'semantic_text becomes text',
    'ES 8.15',
    'OS 2.19',
    { type: 'semantic_text', inference_id: 'x' },
    { type: 'text' },
  ],
  [
    'sparse_vector becomes rank_features',
    'ES 8.14',
    'OS 2.19',
    { type: 'sparse_vector' },
    { type: 'rank_features' },
  ],
  ['point becomes xy_point', 'ES 7.17', 'OS 2.19', { type: 'point' }, { type: 'xy_point' }],
  [
    'passthrough becomes an object',
    'ES 8.14',
    'OS 2.19',
    { type: 'passthrough', priority: 1, properties: { a: { type: 'ip' } } },
    { type: 'object', properties: { a: { type: 'ip' } } },
  ],
  ['OpenSearch sources are left alone', 'OS 2.19', 'OS 3.4', { type: 'wildcard' }, { type: 'wildcard' }],
])

test('field-types: a type without a near one refuses the item', () => {
  const draft = afterRule(
    fieldTypes,
    { mappings: { properties: { f: { type: 'rank_vectors' } } } },
    'ES 8.18',
    'OS 3.4',
  )

  expect(draft.refusal).toMatchObject({
    code: 'field_type_not_supported',
    message: expect.stringContaining('mappings.properties.f'),
  })
})

test('field-types: a loss is a warning and a recorded change', () => {
  const draft = afterRule(
    fieldTypes,
    { mappings: { properties: { f: { type: 'version' } } } },
    'ES 8.14',
    'OS 2.19',
  )

  expect(draft.warnings).toEqual([expect.stringContaining('sorts and compares as text')])
  expect(draft.changes).toEqual([
    {
      path: 'mappings.properties.f',
      change: 'changed',
      from: { type: 'version' },
      to: { type: 'keyword' },
      rule: 'field-types',
      reason: expect.any(String),
    },
  ])
})

table(fieldParameters, [
  ['include_in_all goes', 'ES 6.8', 'OS 2.19', { type: 'text', include_in_all: false }, { type: 'text' }],
  [
    'the classic similarity goes',
    'ES 6.8',
    'OS 2.19',
    { type: 'text', similarity: 'classic' },
    { type: 'text' },
  ],
  [
    'other similarities stay',
    'ES 6.8',
    'OS 2.19',
    { type: 'text', similarity: 'boolean' },
    { type: 'text', similarity: 'boolean' },
  ],
  [
    'time series parameters go',
    'ES 8.14',
    'OS 2.19',
    { type: 'keyword', time_series_dimension: true },
    { type: 'keyword' },
  ],
  [
    'dynamic runtime of an object goes',
    'ES 8.14',
    'OS 2.19',
    { dynamic: 'runtime', properties: {} },
    { properties: {} },
  ],
  [
    'dynamic strict stays',
    'ES 8.14',
    'OS 2.19',
    { dynamic: 'strict', properties: {} },
    { dynamic: 'strict', properties: {} },
  ],
  [
    'fields called like parameters stay',
    'ES 6.8',
    'OS 2.19',
    { properties: { include_in_all: { type: 'text' } } },
    { properties: { include_in_all: { type: 'text' } } },
  ],
])

type RootRow = [
  what: string,
  source: string,
  target: string,
  before: JsonObject,
  after: JsonObject,
  warned: boolean,
]
const emit = { type: 'keyword', script: { source: 'emit("a")' } }

test.each<RootRow>([
  ['_all goes', 'ES 5.6', 'OS 2.19', { _all: { enabled: false } }, {}, false],
  [
    '_timestamp and _ttl go',
    'ES 5.6',
    'OS 2.19',
    { _timestamp: { enabled: true }, _ttl: { enabled: true } },
    {},
    true,
  ],
  [
    'required routing stays',
    'ES 6.8',
    'OS 2.19',
    { _routing: { required: true } },
    { _routing: { required: true } },
    false,
  ],
  ['dynamic runtime becomes true', 'ES 8.14', 'OS 2.19', { dynamic: 'runtime' }, { dynamic: true }, true],
  ['synthetic _source is stored', 'ES 8.14', 'OS 2.19', { _source: { mode: 'synthetic' } }, {}, true],
  [
    'includes of _source stay',
    'ES 8.14',
    'OS 2.19',
    { _source: { mode: 'stored', excludes: ['a'] } },
    { _source: { excludes: ['a'] } },
    false,
  ],
  [
    'runtime fields with scripts become derived',
    'ES 8.14',
    'OS 2.15',
    { runtime: { r: emit } },
    { derived: { r: emit } },
    true,
  ],
  [
    'runtime fields go where there are no derived ones',
    'ES 8.14',
    'OS 2.14',
    { runtime: { r: emit } },
    {},
    true,
  ],
  ['runtime fields without scripts go', 'ES 7.17', 'OS 3.4', { runtime: { r: { type: 'long' } } }, {}, true],
  ['subobjects goes', 'ES 8.14', 'OS 2.19', { subobjects: false }, {}, true],
])('root-parameters: %s (%s to %s)', (_, source, target, before, after, warned) => {
  const draft = afterRule(rootParameters, { mappings: before }, source, target)

  expect(draft.body.mappings).toEqual(after)
  expect(draft.warnings.length > 0).toBe(warned)
})

test.each([
  ['YYYY-MM-dd', 'yyyy-MM-dd'],
  ["YYYY-MM-dd'T'HH:mm:ssZZ", "yyyy-MM-dd'T'HH:mm:ssXXX"],
  ["'YYYY' xxxx", "'YYYY' YYYY"],
  ['yyyyMMdd', 'yyyyMMdd'],
  ['dateOptionalTime||epoch_millis', 'date_optional_time||epoch_millis'],
  ['basicTTimeNoMillis', 'basic_t_time_no_millis'],
  ['strict_date_optional_time', 'strict_date_optional_time'],
  ['8YYYY', '8YYYY'],
])('joda-date-formats: %s is written %s', (joda, java) => {
  expect(javaFormat(joda)).toBe(java)
})

table(jodaDateFormats, [
  [
    'formats of Elasticsearch 6 are rewritten',
    'ES 6.8',
    'OS 2.19',
    { type: 'date', format: 'YYYY' },
    { type: 'date', format: 'yyyy' },
  ],
  [
    'formats of Elasticsearch 7 are java.time already',
    'ES 7.10',
    'OS 2.19',
    { type: 'date', format: 'YYYY' },
    { type: 'date', format: 'YYYY' },
  ],
])

test('joda-date-formats: dynamic date formats are rewritten', () => {
  const draft = afterRule(
    jodaDateFormats,
    { mappings: { dynamic_date_formats: ['YYYY', 'epoch_millis'] } },
    'ES 6.8',
    'OS 2.19',
  )

  expect(draft.body.mappings).toEqual({ dynamic_date_formats: ['yyyy', 'epoch_millis'] })
})
