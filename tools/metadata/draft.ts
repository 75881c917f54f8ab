// A body on its way from source to target, with a record of everything that was done to it.
import type { RecordedChange } from '../../shared/domain/run.ts'
import { clone, type Json, type JsonObject } from './json.ts'

export const bodyKinds = [
  'ingestPipeline',
  'legacyTemplate',
  'componentTemplate',
  'indexTemplate',
  'index',
] as const
export type BodyKind = (typeof bodyKinds)[number]

export type Draft = {
  kind: BodyKind
  /** The name on the target; differs from `sourceName` where types are split or a transform renames. */
  name: string
  sourceName: string
  /** As the source gave it. Never changed. */
  before: JsonObject
  body: JsonObject
  rules: Set<string>
  changes: RecordedChange[]
  /** What a person should look at: makes the item a warning. */
  warnings: string[]
  /** Set where the target cannot hold this at all: makes the item failed without asking the target. */
  refusal: Refusal | null
}

export type Refusal = { code: string; message: string; remedy: string; evidence?: Record<string, unknown> }

export function draftOf(kind: BodyKind, name: string, before: JsonObject): Draft {
  return {
    kind,
    name,
    sourceName: name,
    before,
    body: clone(before),
    rules: new Set(),
    changes: [],
    warnings: [],
    refusal: null,
  }
}

/** Another draft of the same source object: a split. */
export function fork(draft: Draft, name: string): Draft {
  return {
    ...draft,
    name,
    body: clone(draft.body),
    rules: new Set(draft.rules),
    changes: [...draft.changes],
    warnings: [...draft.warnings],
  }
}

/** The pen of one rule: each stroke changes the body and is written down. */
export class Editor {
  readonly #draft: Draft
  readonly #rule: string

  constructor(draft: Draft, rule: string) {
    this.#draft = draft
    this.#rule = rule
  }

  set(holder: JsonObject, key: string, to: Json, path: string, reason: string): void {
    const from = holder[key]
    holder[key] = to
    this.#record(
      from === undefined
        ? { path, change: 'added', to: clone(to), rule: this.#rule, reason }
        : { path, change: 'changed', from: clone(from), to: clone(to), rule: this.#rule, reason },
    )
  }

  remove(holder: JsonObject, key: string, path: string, reason: string): void {
    const from = holder[key]
    if (from === undefined) return
    delete holder[key]
    this.#record({ path, change: 'removed', from: clone(from), rule: this.#rule, reason })
  }

  /** A change that was made elsewhere, such as inside an array. */
  note(change: Omit<RecordedChange, 'rule'>): void {
    this.#record({ ...change, rule: this.#rule })
  }

  warn(message: string): void {
    this.#draft.rules.add(this.#rule)
    if (!this.#draft.warnings.includes(message)) this.#draft.warnings.push(message)
  }

  /** The first refusal stands. */
  refuse(refusal: Refusal): void {
    this.#draft.rules.add(this.#rule)
    this.#draft.refusal ??= refusal
  }

  #record(change: RecordedChange): void {
    this.#draft.rules.add(this.#rule)
    this.#draft.changes.push(change)
  }
}
