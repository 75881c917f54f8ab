// Sends a batch until every document of it is written or refused for good: only what failed is sent again.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { failpoint } from '../../shared/domain/failpoint.ts'
import { BULK_FILTER } from './bulk-answer.ts'
import type { BulkBatch, Entry } from './bulk-batch.ts'
import { lostReply, pressureOf, type Refusal, type Reply, readReply, sortItems } from './bulk-reply.ts'
import type { Congestion, Pressure } from './congestion.ts'
import { ToolFailure } from './failure.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { Reason, Waiting } from './waiting.ts'

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

const PATIENCE_MS = 15 * 60_000
const TIMEOUT_MS = 120_000

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
        ;({ left, reason } = sortItems(left, reply.items, delivery.refused))
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
      failpoint('worker.sent')
      const reply = readReply(index, response, count)
      pressure = pressureOf(reply)
      return reply
    } catch (error) {
      if (signal.aborted || error instanceof ToolFailure) throw error
      const reply = lostReply(error)
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

function outOfPatience(index: string, reason: Reason | null, patienceMs: number): ToolFailure {
  const minutes = Math.round(patienceMs / 60_000)
  return new ToolFailure(
    'target_not_available',
    `The target took nothing into "${index}" for ${minutes} minutes: ${reason?.detail ?? 'no reason was given'}`,
    { evidence: { ...reason }, remedy: 'Look at the health and the logs of the target.', retryable: true },
  )
}
