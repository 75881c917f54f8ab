// Mapping types, which Elasticsearch 5 and 6 have and OpenSearch has not: every type is brought into one mapping,
// and types that contradict each other are told, never overwritten.
import { type Draft, Editor } from './draft.ts'
import { isObject, type JsonObject } from './json.ts'
import { part } from './parts.ts'
import { type Conflict, unionOf } from './union.ts'

/** Names of mapping types with their mappings, or null where the mapping has no types. */
export function typesOf(mappings: JsonObject, typed: boolean): Map<string, JsonObject> | null {
  const entries = Object.entries(mappings)
  // Elasticsearch 7 still wraps a mapping in `_doc` here and there.
  const wrapped = entries.length === 1 && isObject(mappings._doc)
  if (entries.length === 0 || !(wrapped || (typed && entries.every(([, value]) => isObject(value)))))
    return null
  return new Map(entries.flatMap(([key, value]) => (isObject(value) ? [[key, value]] : [])))
}

/** Unwraps or unites the types of a body's mapping, in place. */
export function uniteTypes(draft: Draft, typed: boolean): void {
  const mappings = part(draft, 'mappings')
  const types = mappings === null ? null : typesOf(mappings.body, typed)
  if (mappings === null || types === null) return
  const pen = new Editor(draft, 'mapping-types')
  const defaults = takeDefaults(draft, types)
  const names = [...types.keys()].filter((name) => name !== '_default_')
  const parents = new ParentJoin(draft, types, mappings.path)
  const { union, conflicts } = unionOf(
    defaults,
    names.map((name) => ({ name, mapping: types.get(name) ?? {} })),
  )
  parents.addTo(union)
  mappings.holder.mappings = union
  if (conflicts.length > 0) refuse(pen, names, conflicts)
  else if (names.some((name) => name !== '_doc') || types.has('_default_'))
    pen.note({
      path: mappings.path,
      change: 'changed',
      from: [...types.keys()],
      to: names.length > 1 ? 'one mapping of all types' : 'a mapping without type',
      reason: 'OpenSearch has no mapping types',
    })
}

/** `_default_` was copied into each type of an index when that was made; in a template it still stands for all. */
function takeDefaults(draft: Draft, types: Map<string, JsonObject>): JsonObject {
  const defaults = types.get('_default_')
  if (defaults === undefined) return {}
  if (draft.kind === 'index' && types.size > 1) return {}
  const { ...copy } = defaults
  return copy
}

function refuse(pen: Editor, names: string[], conflicts: Conflict[]): void {
  const fields = conflicts.slice(0, 20).map((conflict) => conflict.path)
  pen.refuse({
    code: 'multi_type_conflict',
    message: `The types ${names.join(', ')} cannot become one mapping: they define ${fields.join(', ')} differently`,
    remedy: 'Send the types to different indexes with multiTypes',
    evidence: { types: names, conflicts: conflicts.slice(0, 50) },
  })
}

/** `_parent` between types becomes a join field, which is how OpenSearch relates documents of one index. */
class ParentJoin {
  readonly #relations = new Map<string, string[]>()
  readonly #draft: Draft
  readonly #path: string

  constructor(draft: Draft, types: Map<string, JsonObject>, path: string) {
    this.#draft = draft
    this.#path = path
    for (const [child, mapping] of types) {
      const parent = isObject(mapping._parent) ? mapping._parent.type : undefined
      if (typeof parent === 'string' && types.has(parent))
        this.#relations.set(parent, [...(this.#relations.get(parent) ?? []), child])
      if (mapping._parent !== undefined) {
        // A child's routing was required because of its parent; the join field requires it for all.
        const { _parent, _routing, ...rest } = mapping
        types.set(child, rest)
        if (typeof parent === 'string' && !types.has(parent)) this.#orphan(child, parent)
      }
    }
  }

  addTo(union: JsonObject): void {
    if (this.#relations.size === 0) return
    const pen = new Editor(this.#draft, 'parent-to-join')
    const properties = isObject(union.properties) ? union.properties : {}
    union.properties = properties
    let name = 'parent_join'
    while (Object.hasOwn(properties, name)) name = `${name}_`
    const relations = Object.fromEntries(
      [...this.#relations].map(([parent, children]) => [
        parent,
        children.length === 1 ? (children[0] ?? '') : children,
      ]),
    )
    pen.set(
      properties,
      name,
      { type: 'join', relations },
      `${this.#path}.properties.${name}`,
      '_parent is gone; a join field relates documents',
    )
    union._routing = { required: true }
    pen.warn(
      `Documents need the join field "${name}" filled in: parents with their name, children with name and parent id`,
    )
  }

  #orphan(child: string, parent: string): void {
    const pen = new Editor(this.#draft, 'parent-to-join')
    pen.note({
      path: `${this.#path}._parent`,
      change: 'removed',
      from: { type: parent },
      reason: 'Its parent type is not in this index',
    })
    pen.warn(`The parent type "${parent}" of "${child}" is not in this index, so their relation is not kept`)
  }
}
