// Keys at the root of a mapping that no target has any more, and runtime fields.
import type { Editor } from '../draft.ts'
import { atLeast, isElasticsearch, isOpenSearch, type Pair } from '../gates.ts'
import { isObject, type JsonObject } from '../json.ts'
import { type Part, part } from '../parts.ts'
import type { Rule } from './rule.ts'

type Row = { key: string; reason: string; warning?: string }

export const rootRows: Row[] = [
  { key: '_all', reason: 'The _all field is gone' },
  {
    key: '_timestamp',
    reason: 'Documents have no automatic timestamp any more',
    warning: 'Documents no longer get a _timestamp: set one with an ingest pipeline',
  },
  {
    key: '_ttl',
    reason: 'Documents do not expire one by one any more',
    warning: 'Documents no longer expire by _ttl: use Index State Management',
  },
  { key: '_parent', reason: 'Relations are join fields now' },
  { key: '_analyzer', reason: 'The analyzer is said at each field' },
  { key: '_boost', reason: 'Documents have no boost any more' },
  { key: '_id', reason: 'The _id takes no parameters' },
  { key: '_type', reason: 'There are no types' },
  { key: '_uid', reason: 'There are no types' },
  { key: '_index', reason: 'The _index takes no parameters' },
  {
    key: 'subobjects',
    reason: 'OpenSearch reads dots in names as objects',
    warning: 'Field names with dots become objects; documents that hold both "a" and "a.b" will be rejected',
  },
]

export const rootParameters: Rule = {
  id: 'root-parameters',
  title: 'Mapping keys that no target has are left out; runtime fields become derived fields',
  applies: ({ source, target }) => isElasticsearch(source) && isOpenSearch(target),
  apply(draft, pen, pair) {
    const mappings = part(draft, 'mappings')
    if (mappings === null) return
    const { body, path } = mappings
    for (const { key, reason, warning } of rootRows) {
      if (body[key] === undefined) continue
      pen.remove(body, key, `${path}.${key}`, reason)
      if (warning !== undefined) pen.warn(warning)
    }
    if (body.dynamic === 'runtime') {
      pen.set(body, 'dynamic', true, `${path}.dynamic`, 'OpenSearch has no runtime fields')
      pen.warn('New fields are mapped as ordinary ones instead of at search time')
    }
    sourceMode(mappings, pen)
    runtimeFields(mappings, pen, pair)
  },
}

function sourceMode({ body, path }: Part, pen: Editor): void {
  const source = body._source
  if (!isObject(source) || source.mode === undefined) return
  if (source.mode === 'disabled' && source.enabled === undefined)
    pen.set(source, 'enabled', false, `${path}._source.enabled`, 'How OpenSearch says it')
  if (source.mode === 'synthetic')
    pen.warn('_source was synthetic; the target stores it, which takes more room')
  pen.remove(source, 'mode', `${path}._source.mode`, 'OpenSearch stores _source or does not')
  if (Object.keys(source).length === 0) delete body._source
}

const derivedTypes = ['boolean', 'date', 'double', 'geo_point', 'ip', 'keyword', 'long']

/** From 2.15 on OpenSearch computes fields at search time with the same `emit` scripts, as derived fields. */
function runtimeFields({ body, path }: Part, pen: Editor, { target }: Pair): void {
  const { runtime } = body
  if (!isObject(runtime)) return
  const derived: JsonObject = isObject(body.derived) ? body.derived : {}
  for (const [name, field] of Object.entries(runtime)) {
    if (atLeast(target, 2, 15) && isObject(field) && canDerive(field)) {
      derived[name] = field
      pen.warn(`The runtime field "${name}" becomes a derived field; check its script on the target`)
    } else pen.warn(`The runtime field "${name}" is not migrated: the target cannot compute it`)
  }
  pen.remove(body, 'runtime', `${path}.runtime`, 'OpenSearch has no runtime fields')
  if (Object.keys(derived).length > 0)
    pen.set(body, 'derived', derived, `${path}.derived`, 'Derived fields are computed at search time')
}

function canDerive(field: JsonObject): boolean {
  const { type, script } = field
  const known = Object.keys(field).every((key) => ['type', 'script', 'format'].includes(key))
  return known && isObject(script) && typeof script.source === 'string' && derivedTypes.includes(String(type))
}
