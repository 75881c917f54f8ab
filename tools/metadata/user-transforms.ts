// Passes drafts through the user's own transforms and takes back what they return.
import type { UserTransform } from '../../shared/domain/metadata.ts'
import { openSandbox, type Sandbox, type TransformOutcome } from '../transform/sandbox.ts'
import { type Draft, Editor, fork } from './draft.ts'
import { equal, isObject, isRaw, type Json, type JsonObject, rawNumber } from './json.ts'

export interface UserTransforms {
  /** Drafts in, drafts out: changed, split, or dropped (with the reason in `dropped`). */
  apply(drafts: Draft[]): Promise<{ drafts: Draft[]; dropped: Draft[] }>
  close(): Promise<void>
}

/** Opens the sandbox only where there is something to run. */
export function userTransforms(transforms: readonly UserTransform[]): UserTransforms {
  const sandbox: Sandbox | null = transforms.length > 0 ? openSandbox([...transforms]) : null
  return {
    async apply(drafts) {
      if (sandbox === null) return { drafts, dropped: [] }
      const willing = drafts.filter((draft) => draft.refusal === null)
      const outcomes = await sandbox.apply(willing.map(itemText))
      const results = new Map(willing.map((draft, at) => [draft, outcomes[at]]))
      const dropped: Draft[] = []
      const kept = drafts.flatMap((draft) => {
        const outcome = results.get(draft)
        if (outcome === undefined) return [draft]
        const next = takeBack(draft, outcome)
        if (next.length === 0) dropped.push(draft)
        return next
      })
      return { drafts: kept, dropped }
    },
    close: async () => sandbox?.close(),
  }
}

/** Numbers a double cannot hold travel as marked strings, and come back digit by digit. */
const mark = '\u0001number:'

function itemText({ kind, name, body }: Draft): string {
  return JSON.stringify({ type: kind, name, body }, (_key, value: unknown) =>
    isRaw(value) ? `${mark}${JSON.stringify(value)}` : value,
  )
}

function parseItem(text: string): Json {
  const parsed: Json = JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) && /^-?[\d.eE+-]+$/.test(value.slice(mark.length))
      ? rawNumber(value.slice(mark.length))
      : value,
  )
  return parsed
}

function takeBack(draft: Draft, outcome: TransformOutcome): Draft[] {
  const pen = new Editor(draft, 'user-transform')
  if (!outcome.ok) {
    pen.refuse({
      code: 'transform_failed',
      message: `The transform "${outcome.transform}" failed: ${outcome.message}`,
      remedy: 'Change the transform, then retry',
      evidence: { transform: outcome.transform, reason: outcome.reason },
    })
    return [draft]
  }
  const items = outcome.items.map(parseItem)
  const wrong = items.find((item) => !isItemOf(draft, item))
  if (wrong !== undefined) {
    pen.refuse({
      code: 'transform_result',
      message: `A transform returned what is no ${draft.kind}: an item has type "${draft.kind}", a name and a body`,
      remedy: 'Return the item it was given, changed',
    })
    return [draft]
  }
  return items.filter(isItem).map((item) => changed(draft, item))
}

type Item = { type: string; name: string; body: JsonObject }

function isItem(value: Json): value is Item {
  return isObject(value) && typeof value.name === 'string' && value.name !== '' && isObject(value.body)
}

const isItemOf = (draft: Draft, item: Json) => isItem(item) && item.type === draft.kind

function changed(draft: Draft, { name, body }: Item): Draft {
  const next = fork(draft, name)
  next.body = body
  const pen = new Editor(next, 'user-transform')
  const reason = "The user's transform"
  if (name !== draft.name) pen.note({ path: 'name', change: 'changed', from: draft.name, to: name, reason })
  noteChanges(pen, draft.body, body, '', reason)
  return next
}

const maxNoted = 200

/** Every place where the bodies differ, down to the first member that only one of them has. */
function noteChanges(
  pen: Editor,
  from: JsonObject,
  to: JsonObject,
  path: string,
  reason: string,
  noted = { count: 0 },
): void {
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[key], to[key]]
    if (equal(before, after) || noted.count >= maxNoted) continue
    const at = path === '' ? key : `${path}.${key}`
    if (isObject(before) && isObject(after)) noteChanges(pen, before, after, at, reason, noted)
    else {
      noted.count++
      if (after === undefined) pen.note({ path: at, change: 'removed', from: before, reason })
      else if (before === undefined) pen.note({ path: at, change: 'added', to: after, reason })
      else pen.note({ path: at, change: 'changed', from: before, to: after, reason })
    }
  }
}
