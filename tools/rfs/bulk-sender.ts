// Sends a batch until every document of it is written or refused for good: only what failed is sent again.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterClient, ClusterFailure, type ClusterResponse } from '../../shared/cluster/client.ts'
import { member } from '../../shared/cluster/json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { BULK_FILTER, type ItemAnswer, judge, readBulkAnswer, reasonOf } from './bulk-answer.ts'
import type { BulkBatch, Entry } from './bulk-batch.ts'
import type { Congestion, Pressure } from './congestion.ts'
import { ToolFailure } from './failure.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { Reason, Waiting } from './waiting.ts'

/** A document that was not written, and why. */
export type Refusal = { entry: Entry; status: number | null; type: string; reason: string; conflict: boolean }

export type Delivery = {
  refused: Refusal[]
  /** Entries of a request whose outcome never came: the target may have had them before. */
  uncertain: Set<Entry>
}

export type SendOptions = {
  /** Gives up requests that are under way. */
  signal: AbortSignal
  /** Begins no further request: what is under way is still waited for. */
  halt: AbortSignal
  /** Resolves while the right to write is held; rejects when it is lost. */
  mayWrite: () => Promise<void>
}

type Parts = {
  client: ClusterClient
  congestion: Congestion
  documents: TokenBucket
  bytes: TokenBucket
  waiting: Waiting
  /** How long one batch is tried without any progress. */
  patienceMs?: number
  timeoutMs?: number
  /** Shortest and longest wait before another attempt. */
  backoffMs?: [number, number]
}

/** What a request came to: answers per entry, or that all of it must be sent again, or split. */
type Reply =
  | { kind: 'items'; items: ItemAnswer[] | null }
  | { kind: 'again'; uncertain: boolean; reason: Reason; retryAfterMs: number | null }
  | { kind: 'split'; status: number; type: string; reason: string }

const PATIENCE_MS = 15 * 60_000
const TIMEOUT_MS = 120_000
const MAX_RETRY_AFTER_MS = 60_000

export class BulkSender {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async send(index: string, batch: BulkBatch, options: SendOptions): Promise<Delivery> {
    const delivery: Delivery = { refused: [], uncertain: new Set() }
    await this.#parts.documents.take(batch.entries.length, options.halt)
    await this.#parts.bytes.take(batch.sourceBytes, options.halt)
    try {
      await this.#deliver(index, batch, batch.entries, delivery, options)
    } finally {
      this.#parts.waiting.set(batch, null)
    }
    return delivery
  }

  async #deliver(
    index: string,
    batch: BulkBatch,
    all: readonly Entry[],
    delivery: Delivery,
    options: SendOptions,
  ): Promise<void> {
    const { waiting, patienceMs = PATIENCE_MS } = this.#parts
    let left = [...all]
    let attempt = 0
    let movedAt = performance.now()
    while (left.length > 0) {
      await options.mayWrite()
      const reply = await this.#request(index, batch.compact(left), left.length, options)
      if (reply.kind === 'split') {
        await this.#split(index, batch, left, reply, delivery, options)
        return
      }
      let reason: Reason | null = null
      let retryAfterMs: number | null = null
      if (reply.kind === 'again') {
        ;({ reason, retryAfterMs } = reply)
        if (reply.uncertain) for (const entry of left) delivery.uncertain.add(entry)
      } else {
        const before = left.length
        ;({ left, reason } = sort(left, reply.items, delivery.refused))
        if (left.length < before) {
          attempt = 0
          movedAt = performance.now()
        }
      }
      waiting.set(batch, reason)
      if (left.length === 0) return
      if (performance.now() - movedAt > patienceMs) throw outOfPatience(index, reason, patienceMs)
      await sleep(this.#backoff(++attempt, retryAfterMs), undefined, { signal: options.halt })
    }
  }

  /** A body that is refused as a whole is halved until the document is found that it is refused for. */
  async #split(
    index: string,
    batch: BulkBatch,
    entries: Entry[],
    { status, type, reason }: Extract<Reply, { kind: 'split' }>,
    delivery: Delivery,
    options: SendOptions,
  ): Promise<void> {
    const [only] = entries
    if (entries.length === 1 && only) {
      const errorType = status === 413 ? 'too_large' : type
      delivery.refused.push({ entry: only, status, type: errorType, reason, conflict: false })
      return
    }
    const half = entries.length >> 1
    await this.#deliver(index, batch, entries.slice(0, half), delivery, options)
    await this.#deliver(index, batch, entries.slice(half), delivery, options)
  }

  async #request(
    index: string,
    body: Uint8Array,
    count: number,
    { signal, halt }: SendOptions,
  ): Promise<Reply> {
    const { client, congestion, timeoutMs = TIMEOUT_MS } = this.#parts
    await congestion.enter(halt)
    const from = performance.now()
    let pressure: Pressure = 'none'
    try {
      const response = await client.send({
        method: 'POST',
        path: `/${encodeIndex(index)}/_bulk`,
        // The documents went through their pipelines when they were first indexed.
        query: { filter_path: BULK_FILTER, pipeline: '_none' },
        body,
        contentType: 'application/x-ndjson',
        attempts: 1,
        timeoutMs,
        signal,
      })
      const reply = readReply(index, response, count)
      pressure = pressureOf(reply)
      return reply
    } catch (error) {
      if (signal.aborted || error instanceof ToolFailure) throw error
      const reply = lost(error)
      pressure = reply.reason.code === 'target_slow' ? 'timeout' : 'unreachable'
      return reply
    } finally {
      congestion.leave(pressure, performance.now() - from)
    }
  }

  #backoff(attempt: number, retryAfterMs: number | null): number {
    const [shortest, longest] = this.#parts.backoffMs ?? [500, 30_000]
    const wait = Math.min(longest, shortest * 2 ** Math.min(attempt - 1, 10))
    // Half of it is chance, so that many workers do not come back at once.
    return Math.max(retryAfterMs ?? 0, wait / 2 + (Math.random() * wait) / 2)
  }
}

/** Parts the answers: what failed for good is told, what may pass is left. */
function sort(
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

function readReply(index: string, response: ClusterResponse, count: number): Reply {
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

function pressureOf(reply: Reply): Pressure {
  if (reply.kind === 'again')
    return reply.reason.code === 'throttled' ? 'rejected' : reply.uncertain ? 'unreachable' : 'none'
  if (reply.kind === 'split' || reply.items === null) return 'none'
  return reply.items.some(({ verdict, status }) => verdict === 'retry' && status === 429)
    ? 'rejected'
    : 'none'
}

/** No answer: the target may have taken the batch, or not. The same ids make sending it again harmless. */
function lost(error: unknown): Extract<Reply, { kind: 'again' }> {
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

function outOfPatience(index: string, reason: Reason | null, patienceMs: number): ToolFailure {
  const minutes = Math.round(patienceMs / 60_000)
  return new ToolFailure(
    'target_not_available',
    `The target took nothing into "${index}" for ${minutes} minutes: ${reason?.detail ?? 'no reason was given'}`,
    { evidence: { ...reason }, remedy: 'Look at the health and the logs of the target.', retryable: true },
  )
}
