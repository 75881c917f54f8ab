// What a target says when it refuses a body, and which keys can be taken out so that it takes the rest (A.8).
import type { ItemDetail } from '../../shared/domain/run.ts'
import type { Answer } from './api.ts'
import { type Draft, Editor } from './draft.ts'
import { isObject, type Json, type JsonObject, objectAt } from './json.ts'
import { eachField, part } from './parts.ts'
import { replaceReference } from './rules/analysis.ts'
import { removeSetting } from './settings-tree.ts'

export type TargetError = NonNullable<ItemDetail['targetError']>

const maxBody = 8_192

/** The target's own words, cut. */
export function targetError({ status, body, text }: Answer, redact: (text: string) => string): TargetError {
  const error = isObject(body) ? body.error : undefined
  const cause = isObject(error) ? deepest(error) : null
  const type = cause !== null && typeof cause.type === 'string' ? cause.type : null
  const reason = cause?.reason ?? (typeof error === 'string' ? error : text)
  const told = redact(String(reason)).slice(0, 2_000)
  const raw = redact(text)
  return {
    status,
    type,
    reason: told,
    body: raw.length <= maxBody ? safeBody(raw) : `${raw.slice(0, maxBody)}…`,
  }
}

function safeBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The innermost cause says what is wrong; the outer ones where it was met. */
function deepest(error: JsonObject): JsonObject {
  let cause = error
  for (let depth = 0; depth < 20 && isObject(cause.caused_by); depth++) cause = cause.caused_by
  return typeof cause.reason === 'string' ? cause : error
}

/** Every reason in an error: itself, its causes, roots and suppressed ones. */
export function reasonsIn(body: Json): string[] {
  const reasons = new Set<string>()
  const rest: Json[] = isObject(body) && body.error !== undefined ? [body.error] : []
  for (let next = rest.pop(), seen = 0; next !== undefined && seen < 1_000; next = rest.pop(), seen++) {
    if (typeof next === 'string') reasons.add(next)
    if (Array.isArray(next)) rest.push(...next)
    if (!isObject(next)) continue
    if (typeof next.reason === 'string') reasons.add(next.reason)
    for (const key of ['root_cause', 'caused_by', 'suppressed']) {
      const inner = next[key]
      if (inner !== undefined && typeof inner !== 'string') rest.push(inner)
    }
  }
  return [...reasons]
}

const awareness = /expected total copies needs to be a multiple of total awareness attributes/
const settingWords: RegExp[] = [
  /unknown setting \[([^\]]+)\]/g,
  /private index setting \[([^\]]+)\] can not be set explicitly/g,
  /Failed to parse value \[[^\]]*\] for setting \[(index\.version\.created)\]/g,
  /do not specify a value for setting \[(index\.soft_deletes\.enabled)\]/g,
  /Setting (index\.[a-z_.]+) was removed after version/g,
]
const filterWords = /The \[([^\]]+)\] token filter has been removed/g
const rootWords = /Root mapping definition has unsupported parameters:\s+(.+)/gs
const fieldWords = /Mapping definition for \[([^\]]+)\] has unsupported parameters:\s+(.+)/gs
const parameterWords = /unknown parameter \[([^\]]+)\] on mapper \[([^\]]+)\] of type \[([^\]]*)\]/g
const keyWords = /\[[^\]]*\] unknown field \[([^\]]+)\]/g

/** True where the replicas do not fit the zones: not something to take out of a body. */
export function isAwareness(answer: Answer): boolean {
  return reasonsIn(answer.body).some((reason) => awareness.test(reason))
}

/** Takes out of the draft what the reasons name. The caller looks whether the body changed. */
export function takeOut(draft: Draft, reasons: string[]): void {
  const pen = new Editor(draft, 'target-refused')
  for (const reason of reasons) {
    if (/Version id \d+ must contain OpenSearch mask/.test(reason))
      setting(draft, pen, 'index.version.created', reason)
    for (const words of settingWords)
      for (const [, key = ''] of reason.matchAll(words)) setting(draft, pen, key, reason)
    for (const [, name = ''] of reason.matchAll(filterWords)) filter(draft, pen, name, reason)
    for (const [, list = ''] of reason.matchAll(rootWords)) rootKeys(draft, pen, list, reason)
    for (const [, name = '', list = ''] of reason.matchAll(fieldWords))
      fieldKeys(draft, pen, name, list, reason)
    for (const [, key = '', name = '', type = ''] of reason.matchAll(parameterWords))
      parameter(draft, pen, { key, name, type }, reason)
    if (draft.kind !== 'index')
      for (const [, key = ''] of reason.matchAll(keyWords)) pen.remove(draft.body, key, key, words(reason))
  }
}

const words = (reason: string) => reason.slice(0, 500)

function setting(draft: Draft, pen: Editor, key: string, reason: string): void {
  const settings = part(draft, 'settings')
  if (settings === null) return
  const path = key.replace(/^index\./, '')
  const from = removeSetting(settings.body, path)
  if (from !== undefined)
    pen.note({ path: `${settings.path}.${path}`, change: 'removed', from, reason: words(reason) })
}

function filter(draft: Draft, pen: Editor, name: string, reason: string): void {
  const settings = part(draft, 'settings')
  const analysis = settings?.body.analysis
  if (settings === null || !isObject(analysis)) return
  const path = `${settings.path}.analysis`
  const definitions = objectAt(analysis, 'filter')
  const removed = Object.keys(definitions).filter((own) => objectAt(definitions, own).type === name)
  for (const own of removed) pen.remove(definitions, own, `${path}.filter.${own}`, words(reason))
  for (const from of [name, ...removed])
    replaceReference(analysis, path, { kind: 'filter', from, to: null }, pen, words(reason))
}

/** The target lists `[key : value]`; a key is meant where it stands in the mapping and in the list. */
function named(list: string, key: string): boolean {
  return list.includes(`[${key} : `)
}

function rootKeys(draft: Draft, pen: Editor, list: string, reason: string): void {
  const mappings = part(draft, 'mappings')
  if (mappings === null) return
  for (const key of Object.keys(mappings.body))
    if (key !== 'properties' && named(list, key))
      pen.remove(mappings.body, key, `${mappings.path}.${key}`, words(reason))
}

function fieldKeys(draft: Draft, pen: Editor, name: string, list: string, reason: string): void {
  const mappings = part(draft, 'mappings')
  if (mappings === null) return
  eachField(mappings.body, mappings.path, ({ name: own, body, path }) => {
    if (!isNamed(own, path, name)) return
    for (const key of Object.keys(body))
      if (key !== 'type' && named(list, key)) pen.remove(body, key, `${path}.${key}`, words(reason))
  })
}

type Parameter = { key: string; name: string; type: string }

/** At a field, or, where the mapper is a metadata field such as `_source`, below the root. */
function parameter(draft: Draft, pen: Editor, { key, name, type }: Parameter, reason: string): void {
  const mappings = part(draft, 'mappings')
  if (mappings === null) return
  if (name.startsWith('_') && isObject(mappings.body[name]))
    pen.remove(objectAt(mappings.body, name), key, `${mappings.path}.${name}.${key}`, words(reason))
  eachField(mappings.body, mappings.path, ({ name: own, body, path }) => {
    const same = type === '' || type === 'null' || body.type === undefined || body.type === type
    if (isNamed(own, path, name) && same && key !== 'type')
      pen.remove(body, key, `${path}.${key}`, words(reason))
  })
}

/** Messages name a field by its own name or, in newer versions, by its full path. */
function isNamed(own: string, path: string, name: string): boolean {
  if (own === name) return true
  const full = path.replace(/^.*?\bmappings\./, '').replace(/\b(properties|fields)\./g, '')
  return full === name
}
