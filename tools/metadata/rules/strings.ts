// `string`, which Elasticsearch 5 split into `text` and `keyword`.
import type { Editor } from '../draft.ts'
import { elasticsearchBelow } from '../gates.ts'
import { isObject, type JsonObject } from '../json.ts'
import { eachField, type Field, part } from '../parts.ts'
import type { Rule } from './rule.ts'

const textOnly = [
  'analyzer',
  'search_analyzer',
  'search_quote_analyzer',
  'position_increment_gap',
  'term_vector',
  'fielddata',
]
const keywordOnly = ['doc_values', 'null_value', 'ignore_above']

export const stringToTextOrKeyword: Rule = {
  id: 'string-to-text-or-keyword',
  title: 'Fields of type string become text or keyword',
  applies: ({ source }) => elasticsearchBelow(source, 6),
  apply(draft, pen) {
    const mappings = part(draft, 'mappings')
    if (mappings !== null) eachField(mappings.body, mappings.path, (field) => convert(field, pen))
  },
}

function convert(field: Field, pen: Editor): void {
  const { body } = field
  if (body.type === 'string') fromString(field, pen)
  else if (typeof body.index === 'string') plainIndex(field, pen)
  if (isObject(body.norms) && 'enabled' in body.norms)
    pen.set(body, 'norms', body.norms.enabled ?? true, `${field.path}.norms`, 'norms is a plain switch')
}

function fromString(field: Field, pen: Editor): void {
  const { body, path } = field
  const exact = ['not_analyzed', 'no', false, 'false'].some((index) => index === body.index)
  pen.set(body, 'type', exact ? 'keyword' : 'text', `${path}.type`, 'string was split into text and keyword')
  plainIndex(field, pen)
  const foreign = exact ? textOnly : keywordOnly
  for (const key of foreign)
    pen.remove(body, key, `${path}.${key}`, `${exact ? 'keyword' : 'text'} has no such parameter`)
  if (!exact) fielddata(body, path, pen)
}

/** `index` is a switch now; for other types `not_analyzed` only said what is the default. */
function plainIndex({ body, path }: Field, pen: Editor): void {
  if (body.index === 'no' || body.index === 'false')
    pen.set(body, 'index', false, `${path}.index`, 'index is a plain switch')
  else if (typeof body.index === 'string')
    pen.remove(body, 'index', `${path}.index`, 'The type says whether a field is analyzed')
}

/** Elasticsearch 2 wrote `fielddata: {format: …}`; what is left of it is a switch. */
function fielddata(body: JsonObject, path: string, pen: Editor): void {
  if (!isObject(body.fielddata)) return
  if (body.fielddata.format === 'disabled')
    pen.set(body, 'fielddata', false, `${path}.fielddata`, 'fielddata is a plain switch')
  else
    pen.remove(
      body,
      'fielddata',
      `${path}.fielddata`,
      'fielddata has no formats; it is off unless switched on',
    )
}
