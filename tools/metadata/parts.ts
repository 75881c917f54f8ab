// Where a body keeps its settings, mappings and aliases, and how to walk its fields.
import type { Draft } from './draft.ts'
import { isObject, type JsonObject } from './json.ts'

export type Part = { holder: JsonObject; body: JsonObject; path: string }
export type PartName = 'settings' | 'mappings' | 'aliases'

/** The part of a body, or null where it has none. Composable templates keep theirs below `template`. */
export function part(draft: Draft, name: PartName): Part | null {
  const { holder, prefix } = holderOf(draft)
  const body = holder[name]
  return isObject(body) ? { holder, body, path: `${prefix}${name}` } : null
}

/** The part of a body, made where it is missing. */
export function ensurePart(draft: Draft, name: PartName): Part {
  const found = part(draft, name)
  if (found !== null) return found
  const { holder, prefix } = holderOf(draft)
  const body: JsonObject = {}
  holder[name] = body
  return { holder, body, path: `${prefix}${name}` }
}

export function isComposable(draft: Draft): boolean {
  return draft.kind === 'componentTemplate' || draft.kind === 'indexTemplate'
}

function holderOf(draft: Draft): { holder: JsonObject; prefix: string } {
  if (!isComposable(draft)) return { holder: draft.body, prefix: '' }
  if (!isObject(draft.body.template)) draft.body.template = {}
  const holder = draft.body.template
  return { holder: isObject(holder) ? holder : {}, prefix: 'template.' }
}

export type Field = {
  /** The object the field hangs in, under `name`. */
  holder: JsonObject
  name: string
  body: JsonObject
  path: string
  /** True for the mapping of a dynamic template. */
  dynamic: boolean
}

/**
 * Visits every field of a mapping: properties, their multi-fields, nested ones, and mappings of dynamic templates.
 * A visitor may replace `holder[name]`; the walk goes on in what it finds there.
 */
export function eachField(mappings: JsonObject, path: string, visit: (field: Field) => void): void {
  walkGroup(mappings, 'properties', path, visit)
  const templates = mappings.dynamic_templates
  if (!Array.isArray(templates)) return
  for (const entry of templates) {
    if (!isObject(entry)) continue
    for (const [name, template] of Object.entries(entry)) {
      if (!isObject(template) || !isObject(template.mapping)) continue
      visitField(
        {
          holder: template,
          name: 'mapping',
          body: template.mapping,
          path: `${path}.dynamic_templates.${name}.mapping`,
          dynamic: true,
        },
        visit,
      )
    }
  }
}

function walkGroup(
  parent: JsonObject,
  group: 'properties' | 'fields',
  path: string,
  visit: (field: Field) => void,
): void {
  const holder = parent[group]
  if (!isObject(holder)) return
  for (const name of Object.keys(holder)) {
    const body = holder[name]
    if (isObject(body))
      visitField({ holder, name, body, path: `${path}.${group}.${name}`, dynamic: false }, visit)
  }
}

function visitField(field: Field, visit: (field: Field) => void): void {
  visit(field)
  const now = field.holder[field.name]
  if (!isObject(now)) return
  walkGroup(now, 'properties', field.path, visit)
  walkGroup(now, 'fields', field.path, visit)
}
