// A user's own answer to mapping types: which index each type of an index goes to.
import { RE2JS } from 're2js'
import type { MultiTypes } from '../../shared/domain/metadata.ts'
import { type Draft, Editor, fork } from './draft.ts'
import type { JsonObject } from './json.ts'
import { part } from './parts.ts'
import { typesOf } from './types.ts'

/** The drafts an index becomes: itself where nothing was said about its types, none where all are dropped. */
export function splitTypes(draft: Draft, rules: MultiTypes | undefined, typed: boolean): Draft[] {
  if (rules === undefined || draft.kind !== 'index') return [draft]
  const mappings = part(draft, 'mappings')?.body ?? {}
  const types = typesOf(mappings, typed) ?? new Map([['_doc', mappings]])
  const targets = new Map<string, Map<string, JsonObject>>()
  const dropped: string[] = []
  for (const [type, mapping] of types) {
    const target = targetOf(draft.sourceName, type, rules)
    if (target === null) dropped.push(type)
    else targets.set(target, (targets.get(target) ?? new Map()).set(type, mapping))
  }
  if (targets.size === 1 && targets.has(draft.sourceName) && dropped.length === 0) return [draft]
  return [...targets].map(([target, kept]) => splitOff(draft, target, kept, dropped))
}

function splitOff(draft: Draft, target: string, kept: Map<string, JsonObject>, dropped: string[]): Draft {
  const split = fork(draft, target)
  split.body.mappings = Object.fromEntries(kept)
  const pen = new Editor(split, 'multi-types')
  const from = { index: draft.sourceName, types: [...kept.keys()] }
  pen.note({ path: 'name', change: 'changed', from, to: target, reason: 'multiTypes sends these types here' })
  for (const type of dropped)
    pen.note({ path: `mappings.${type}`, change: 'removed', reason: 'multiTypes does not name this type' })
  return split
}

/** An index named in `static` keeps only the types listed there; else the first pattern that fits; else itself. */
function targetOf(index: string, type: string, rules: MultiTypes): string | null {
  const named = rules.static
  if (named !== undefined && Object.hasOwn(named, index)) return named[index]?.[type] ?? null
  for (const pattern of rules.patterns ?? []) {
    const matcher = RE2JS.compile(`(?:${pattern.index})/(?:${pattern.type})`).matcher(`${index}/${type}`)
    if (matcher.matches())
      return pattern.target.replace(/\$(\d)/g, (_, group) => {
        const at = Number(group)
        return at <= matcher.groupCount() ? (matcher.group(at) ?? '') : ''
      })
  }
  return index
}
