// Short ways to state versions, drafts and what a rule makes of them.
import { parseVersionText } from '../../../shared/cluster/version.ts'
import { type BodyKind, type Draft, draftOf, Editor } from '../../../tools/metadata/draft.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { normalise } from '../../../tools/metadata/normalise.ts'
import { finish, prepare } from '../../../tools/metadata/prepare.ts'
import type { Rule } from '../../../tools/metadata/rules/rule.ts'

export const version = parseVersionText

export const contextOf = (source: string, target: string, zones = 1) => ({
  source: version(source),
  target: version(target),
  zones,
  multiTypes: undefined,
})

/** The draft one rule makes of an index body, or the untouched one where the versions are not its own. */
export function afterRule(rule: Rule, body: JsonObject, source: string, target: string, zones = 1): Draft {
  const draft = draftOf('index', 'a', body)
  normalise(draft)
  draft.rules.clear()
  const context = contextOf(source, target, zones)
  if (rule.applies(context)) rule.apply(draft, new Editor(draft, rule.id), context)
  return draft
}

/** One field's mapping after a rule. */
export function fieldAfter(rule: Rule, field: JsonObject, source: string, target: string): unknown {
  const draft = afterRule(rule, { mappings: { properties: { f: field } } }, source, target)
  const mappings = draft.body.mappings
  return JSON.parse(JSON.stringify(mappings)).properties.f
}

/** Everything a body passes without a user's transforms. */
export function throughAll(kind: BodyKind, body: JsonObject, source: string, target: string): Draft[] {
  const context = contextOf(source, target)
  const typed = context.source.flavour === 'elasticsearch' && context.source.major < 7
  const drafts = prepare({ kind, name: 'a', body, typed }, context)
  for (const draft of drafts) if (draft.refusal === null) finish(draft, context)
  return drafts
}
