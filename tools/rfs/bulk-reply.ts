// Judges the answer to a whole bulk request: what is written, what is sent again, and what nobody can help.
import { ClusterFailure, type ClusterResponse } from '../../shared/cluster/client.ts'
import { member } from '../../shared/cluster/json.ts'
import { type ItemAnswer, judge, readBulkAnswer, reasonOf } from './bulk-answer.ts'
import type { Entry } from './bulk-batch.ts'
import type { Pressure } from './congestion.ts'
import { ToolFailure } from './failure.ts'
import type { Reason } from './waiting.ts'

/** A document that was not written, and why. */
export type Refusal = { entry: Entry; status: number | null; type: string; reason: string; conflict: boolean }

/** What a request came to: answers per entry, or that all of it must be sent again, or split. */
export type Reply =
  | { kind: 'items'; items: ItemAnswer[] | null }
  | { kind: 'again'; uncertain: boolean; reason: Reason; retryAfterMs: number | null }
  | { kind: 'split'; status: number; type: string; reason: string }

const MAX_RETRY_AFTER_MS = 60_000

/** Parts the answers: what failed for good is told, what may pass is left. */
export function sortItems(
  entries: Entry[],
  items: ItemAnswer[] | null,
  refused: Refusal[],
): { left: Entry[]; reason: Reason | null } {
  const left: Entry[] = []
  let reason: Reason | null = null
  for (const [i, item] of (items ?? []).entries()) {
    const entry = entries[i]
    if (!entry || item.verdict === 'ok') continue
    const { verdict, status, type } = item
    if (verdict === 'rejected' || verdict === 'conflict')
      refused.push({ entry, status, type, reason: item.reason, conflict: verdict === 'conflict' })
    else {
      left.push(entry)
      if (verdict === 'missing') throw missing(item.reason)
      reason ??= waitFor(verdict, type, item.reason)
    }
  }
  return { left, reason }
}

function waitFor(verdict: 'retry' | 'blocked', type: string, reason: string): Reason {
  const detail = `${type}: ${reason}`.slice(0, 500)
  if (verdict === 'blocked')
    return {
      code: /flood|read-only-allow-delete|read-only \/ allow delete/i.test(reason)
        ? 'flood_stage'
        : 'target_blocked',
      detail,
    }
  if (/rejected_execution|circuit_breaking/.test(type)) return { code: 'throttled', detail }
  return { code: 'target_red', detail }
}

export function readReply(index: string, response: ClusterResponse, count: number): Reply {
  const { status } = response
  if (status >= 200 && status < 300) return { kind: 'items', items: readBulkAnswer(response.bytes, count) }
  const { type, reason } = reasonOf(errorMember(response))
  const told = reason || response.text().slice(0, 300)
  if (status === 429 || /circuit_breaking|rejected_execution/.test(type)) {
    const detail = `status ${status}: ${told}`
    return {
      kind: 'again',
      uncertain: false,
      reason: { code: 'throttled', detail },
      retryAfterMs: retryAfter(response),
    }
  }
  const verdict = judge(status, type)
  if (verdict === 'missing' || status === 404) throw missing(told || index)
  if (verdict === 'blocked')
    return { kind: 'again', uncertain: false, reason: waitFor('blocked', type, told), retryAfterMs: null }
  if (status === 401 || status === 403)
    throw new ToolFailure(`target_${status}`, `The target refuses writes into "${index}": ${told}`, {
      remedy: 'Grant the user of the Migration Assistant write access to the index.',
      evidence: { status, type },
      retryable: true,
    })
  if (status >= 500)
    return {
      kind: 'again',
      uncertain: true,
      reason: { code: 'target_unreachable', detail: `status ${status}: ${told}`.slice(0, 500) },
      retryAfterMs: retryAfter(response),
    }
  return { kind: 'split', status, type: type === 'unknown' ? `status_${status}` : type, reason: told }
}

function errorMember(response: ClusterResponse): unknown {
  try {
    return member(response.json(), 'error')
  } catch {
    return undefined
  }
}

function retryAfter({ headers }: ClusterResponse): number | null {
  const text = headers.get('retry-after')
  if (text === null) return null
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : null
}

export function pressureOf(reply: Reply): Pressure {
  if (reply.kind === 'again')
    return reply.reason.code === 'throttled' ? 'rejected' : reply.uncertain ? 'unreachable' : 'none'
  if (reply.kind === 'split' || reply.items === null) return 'none'
  return reply.items.some(({ verdict, status }) => verdict === 'retry' && status === 429)
    ? 'rejected'
    : 'none'
}

/** No answer: the target may have taken the batch, or not. The same ids make sending it again harmless. */
export function lostReply(error: unknown): Extract<Reply, { kind: 'again' }> {
  if (error instanceof ClusterFailure) {
    const hopeless = ['refused', 'tls', '401', '403', 'version'].includes(error.kind)
    if (hopeless && !error.retryable) throw error
    const code = error.kind === 'timeout' ? 'target_slow' : 'target_unreachable'
    return { kind: 'again', uncertain: true, reason: { code, detail: error.message }, retryAfterMs: null }
  }
  if (error instanceof SyntaxError) {
    const reason = { code: 'target_unreachable', detail: `The answer cannot be read: ${error.message}` }
    return { kind: 'again', uncertain: true, reason, retryAfterMs: null }
  }
  throw error
}

function missing(reason: string): ToolFailure {
  return new ToolFailure('target_index_missing', `The target index is gone: ${reason}`, {
    remedy: 'Migrate the metadata again, then retry.',
    retryable: true,
  })
}
