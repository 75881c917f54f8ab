// Parameters of fields that no target has any more.
import type { Editor } from '../draft.ts'
import { isElasticsearch, isOpenSearch } from '../gates.ts'
import type { Json } from '../json.ts'
import { eachField, type Field, part } from '../parts.ts'
import type { Rule } from './rule.ts'

type Row = { key: string; when?: (value: Json) => boolean; reason: string; warning?: string }

export const parameterRows: Row[] = [
  { key: 'include_in_all', reason: 'The _all field is gone' },
  { key: 'time_series_dimension', reason: 'OpenSearch has no time series indexes' },
  { key: 'time_series_metric', reason: 'OpenSearch has no time series indexes' },
  { key: 'synthetic_source_keep', reason: 'OpenSearch keeps _source as it was' },
  { key: 'on_script_error', reason: 'OpenSearch has no scripted fields in mappings' },
  {
    key: 'similarity',
    when: (value) => value === 'classic' || value === 'default',
    reason: 'The classic similarity is gone; BM25 is the default',
    warning: 'is scored by BM25 instead of classic TF/IDF, so the order of hits may differ',
  },
  {
    key: 'dynamic',
    when: (value) => value === 'runtime',
    reason: 'OpenSearch has no runtime fields',
    warning: 'maps new fields as ordinary ones instead of at search time',
  },
]

export const fieldParameters: Rule = {
  id: 'field-parameters',
  title: 'Field parameters that no target has are left out',
  applies: ({ source, target }) => isElasticsearch(source) && isOpenSearch(target),
  apply(draft, pen) {
    const mappings = part(draft, 'mappings')
    if (mappings !== null) eachField(mappings.body, mappings.path, (field) => clean(field, pen))
  },
}

function clean({ body, path }: Field, pen: Editor): void {
  for (const { key, when, reason, warning } of parameterRows) {
    const value = body[key]
    // An object called like a parameter can only be a user's own metadata.
    if (value === undefined || typeof value === 'object' || !(when?.(value) ?? true)) continue
    pen.remove(body, key, `${path}.${key}`, reason)
    if (warning !== undefined) pen.warn(`${path} ${warning}`)
  }
}
