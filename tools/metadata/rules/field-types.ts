// Field types that the target does not have: each becomes the nearest type that takes the same documents, or the
// item says that it is refused.
import type { Editor } from '../draft.ts'
import { atLeast, elasticsearchFrom, isElasticsearch, isOpenSearch, type Pair } from '../gates.ts'
import { isObject, type JsonObject } from '../json.ts'
import { eachField, type Field, part } from '../parts.ts'
import type { Rule } from './rule.ts'

type Row = {
  type: string
  /** The first OpenSearch version that has a type of this name and meaning; null where none has. */
  since: [number, number] | null
  /** Parameters that stay, beside `fields`, `copy_to` and `meta`. */
  keep: string[]
  becomes(field: JsonObject, pair: Pair): JsonObject
  reason: string
  /** What is lost, for a person to weigh; null where nothing is. */
  warning: string | null
}

const flat: Row['becomes'] = (_, { target }) =>
  atLeast(target, 2, 7) ? { type: 'flat_object' } : notSearchable()

const notSearchable = (): JsonObject => ({ type: 'object', enabled: false })

export const typeRows: Row[] = [
  {
    type: 'flattened',
    since: null,
    keep: [],
    becomes: flat,
    reason: 'flat_object is what OpenSearch calls it (from 2.7 on)',
    warning: null,
  },
  {
    type: 'constant_keyword',
    since: [2, 14],
    keep: [],
    becomes: () => ({ type: 'keyword' }),
    reason: 'The nearest type of the target',
    warning: 'documents that leave the field out no longer have its constant value',
  },
  {
    type: 'wildcard',
    since: [2, 15],
    keep: ['null_value', 'ignore_above'],
    becomes: () => ({ type: 'keyword' }),
    reason: 'The nearest type of the target',
    warning:
      'wildcard queries are slower, and values over 32,766 bytes are rejected unless ignore_above is set',
  },
  {
    type: 'unsigned_long',
    since: [2, 8],
    keep: ['index', 'doc_values', 'store', 'null_value', 'ignore_malformed'],
    becomes: () => ({ type: 'double' }),
    reason: 'The nearest type that takes every value and keeps range queries',
    warning: 'values over 2^53 are compared with rounding; _source stays exact',
  },
  {
    type: 'match_only_text',
    since: [2, 12],
    keep: ['analyzer', 'search_analyzer'],
    becomes: () => ({ type: 'text', norms: false }),
    reason: 'text without norms answers the same queries',
    warning: null,
  },
  {
    type: 'version',
    since: [3, 2],
    keep: [],
    becomes: () => ({ type: 'keyword' }),
    reason: 'The nearest type of the target',
    warning: 'it sorts and compares as text, so 1.10.0 comes before 1.9.0',
  },
  {
    type: 'histogram',
    since: null,
    keep: [],
    becomes: notSearchable,
    reason: 'OpenSearch has no histograms as values',
    warning: 'the values are kept in _source but cannot be searched or aggregated',
  },
  {
    type: 'aggregate_metric_double',
    since: null,
    keep: [],
    becomes: metricObject,
    reason: 'Its documents are objects of numbers',
    warning: 'aggregations must name a sub-field such as .sum',
  },
  {
    type: 'semantic_text',
    since: null,
    keep: [],
    becomes: () => ({ type: 'text' }),
    reason: 'The text itself is kept',
    warning:
      'the inference is not carried over: search by words, or set up a neural pipeline. Documents written before 8.18 hold an object here and need a transform',
  },
  {
    type: 'sparse_vector',
    since: null,
    keep: [],
    becomes: () => ({ type: 'rank_features' }),
    reason: 'rank_features holds weights per token',
    warning:
      'queries must be written as neural_sparse or rank_feature, and token names with dots are refused',
  },
  {
    type: 'point',
    since: null,
    keep: ['ignore_malformed', 'ignore_z_value', 'null_value'],
    becomes: () => ({ type: 'xy_point' }),
    reason: 'xy_point is what OpenSearch calls it',
    warning: 'it needs the geospatial plugin',
  },
  {
    type: 'shape',
    since: null,
    keep: ['ignore_malformed', 'ignore_z_value', 'coerce', 'orientation'],
    becomes: () => ({ type: 'xy_shape' }),
    reason: 'xy_shape is what OpenSearch calls it',
    warning: 'it needs the geospatial plugin',
  },
  {
    type: 'counted_keyword',
    since: null,
    keep: ['index'],
    becomes: () => ({ type: 'keyword' }),
    reason: 'The nearest type of the target',
    warning: 'repeated values of one document count once',
  },
  {
    type: 'passthrough',
    since: null,
    keep: ['dynamic', 'enabled', 'properties'],
    becomes: () => ({ type: 'object' }),
    reason: 'Its documents are objects',
    warning: 'sub-fields must be named with their full path',
  },
]

/** What has no type near enough: a wrong one would reject documents or answer wrongly. */
const refused = new Map([['rank_vectors', 'OpenSearch has no field of many vectors per document']])

export const fieldTypes: Rule = {
  id: 'field-types',
  title: 'Field types the target has not become the nearest one it has',
  applies: ({ source, target }) => isElasticsearch(source) && isOpenSearch(target),
  apply(draft, pen, pair) {
    const mappings = part(draft, 'mappings')
    if (mappings !== null) eachField(mappings.body, mappings.path, (field) => convert(field, pen, pair))
  },
}

function convert(field: Field, pen: Editor, pair: Pair): void {
  const { holder, name, body, path } = field
  const why = typeof body.type === 'string' ? refused.get(body.type) : undefined
  if (why !== undefined)
    pen.refuse({
      code: 'field_type_not_supported',
      message: `The field ${path} is of type ${String(body.type)}: ${why}`,
      remedy: 'Leave the field out or give it another type with a transform',
    })
  const row = typeRows.find((candidate) => candidate.type === body.type)
  if (row === undefined || isKnown(row, pair)) return
  if (row.type === 'flattened' && !elasticsearchFrom(pair.source, 7, 3)) return
  const kept = Object.fromEntries(
    Object.entries(body).filter(([key]) => [...row.keep, 'fields', 'copy_to', 'meta'].includes(key)),
  )
  const next = row.becomes(body, pair)
  if (next.type === 'object' || next.type === 'flat_object')
    for (const key of ['fields', 'copy_to', 'meta']) delete kept[key]
  pen.set(holder, name, { ...next, ...kept }, path, row.reason)
  if (row.warning !== null) pen.warn(`${path}: ${row.type} becomes ${String(next.type)}; ${row.warning}`)
  else if (next.enabled === false)
    pen.warn(
      `${path}: ${row.type} becomes an object that is not searchable; OpenSearch has flat_object from 2.7 on`,
    )
}

const isKnown = ({ since }: Row, { target }: Pair) => since !== null && atLeast(target, ...since)

function metricObject(field: JsonObject): JsonObject {
  const metrics = Array.isArray(field.metrics) ? field.metrics.filter((name) => typeof name === 'string') : []
  const properties = Object.fromEntries(
    metrics.map((metric) => [metric, { type: metric === 'value_count' ? 'long' : 'double' }]),
  )
  return isObject(field.properties) ? { properties: field.properties } : { properties }
}
