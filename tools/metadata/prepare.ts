// From what the source says to what the target is sent: shape, types, rules, the user's transforms, last rules.
import type { MultiTypes } from '../../shared/domain/metadata.ts'
import { type Draft, draftOf, Editor } from './draft.ts'
import { isDeeperThan, isObject, type JsonObject, maxDepth } from './json.ts'
import { normalise } from './normalise.ts'
import { part } from './parts.ts'
import { bodyRules, rulesFor, targetRules } from './rules/all.ts'
import type { Rule, RuleContext } from './rules/rule.ts'
import type { SourceObject } from './source.ts'
import { splitTypes } from './split-types.ts'
import { uniteTypes } from './types.ts'

export type Preparation = RuleContext & {
  multiTypes: MultiTypes | undefined
}

/** Everything before the user's transforms. One source object may become several drafts, or none. */
export function prepare(object: SourceObject, context: Preparation): Draft[] {
  const draft = draftOf(object.kind, object.name, {})
  draft.before = object.body
  if (object.refusal !== undefined) {
    draft.refusal = object.refusal
    return [draft]
  }
  if (isDeeperThan(object.body, maxDepth)) {
    tooDeep(draft)
    return [draft]
  }
  const whole = draftOf(object.kind, object.name, object.body)
  if (!hasShape(whole.body)) return [malformed(whole)]
  normalise(whole)
  if (object.closed === true) whole.warnings.push('It is closed on the source; on the target it is open')
  const drafts = splitTypes(whole, context.multiTypes, object.typed)
  for (const each of drafts) {
    uniteTypes(each, object.typed)
    applyRules(each, rulesFor(context, bodyRules), context)
  }
  return drafts
}

/** Everything after the user's transforms: what the target asks of any body. */
export function finish(draft: Draft, context: RuleContext): void {
  if (isDeeperThan(draft.body, maxDepth)) {
    tooDeep(draft)
    return
  }
  if (!hasShape(draft.body)) {
    malformed(draft)
    return
  }
  normalise(draft)
  applyRules(draft, rulesFor(context, targetRules), context)
  dropEmpty(draft)
}

function applyRules(draft: Draft, rules: Rule[], context: RuleContext): void {
  for (const rule of rules) rule.apply(draft, new Editor(draft, rule.id), context)
}

function tooDeep(draft: Draft): void {
  draft.refusal = {
    code: 'body_too_deep',
    message: `The ${draft.kind} "${draft.sourceName}" nests deeper than ${maxDepth} levels`,
    remedy: 'Flatten it on the source, or leave it out',
  }
}

/** Settings, mappings and aliases are objects, or not there. */
function hasShape(body: JsonObject): boolean {
  return [body, ...(isObject(body.template) ? [body.template] : [])].every((holder) =>
    ['settings', 'mappings', 'aliases'].every((key) => holder[key] === undefined || isObject(holder[key])),
  )
}

function malformed(draft: Draft): Draft {
  draft.refusal = {
    code: 'body_malformed',
    message: `The settings, mappings or aliases of the ${draft.kind} "${draft.sourceName}" are not objects`,
    remedy: 'Check what the source answers, or what a transform returns',
  }
  return draft
}

/** A template without a part is the same as one with an empty part. */
function dropEmpty(draft: Draft): void {
  if (draft.kind === 'index') return
  for (const name of ['settings', 'mappings', 'aliases'] as const) {
    const found = part(draft, name)
    if (found !== null && Object.keys(found.body).length === 0) delete found.holder[name]
  }
  if (
    draft.kind === 'indexTemplate' &&
    isObject(draft.body.template) &&
    Object.keys(draft.body.template).length === 0
  )
    delete draft.body.template
}
