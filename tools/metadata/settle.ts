// Sends a body until the target takes it, taking out what it refuses; ends when that no longer changes anything.
import type { Answer } from './api.ts'
import type { Draft } from './draft.ts'
import { hashOf, type JsonObject } from './json.ts'
import { isAwareness, reasonsIn, takeOut } from './refusals.ts'

export const maxAttempts = 32

export type Settled = { ok: boolean; attempts: number; answer: Answer }

/** Every round either changes the body into one not tried before, or is the last. */
export async function settle(draft: Draft, send: (body: JsonObject) => Promise<Answer>): Promise<Settled> {
  const tried = new Set<string>()
  for (let attempts = 1; ; attempts++) {
    tried.add(hashOf(draft.body))
    const answer = await send(draft.body)
    if (answer.status >= 200 && answer.status <= 299) return { ok: true, attempts, answer }
    if (answer.status !== 400 || isAwareness(answer) || attempts >= maxAttempts)
      return { ok: false, attempts, answer }
    takeOut(draft, reasonsIn(answer.body))
    if (tried.has(hashOf(draft.body))) return { ok: false, attempts, answer }
  }
}
