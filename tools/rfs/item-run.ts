// One leased item from its cursor to its end: read, hand to the sink, checkpoint, give back.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { failpoint } from '../../shared/domain/failpoint.ts'
import type { Held, LeasedItem } from '../../shared/domain/work-item.ts'
import { Problem } from '../../shared/problems.ts'
import { conflictsOf } from './conflicts.ts'
import { errorOf, RunOver, ToolFailure } from './failure.ts'
import { ItemSink } from './item-sink.ts'
import { Lease } from './lease.ts'
import { readDocuments, verifySegment } from './read-item.ts'
import type { WorkerParts } from './worker-parts.ts'

/** In-flight requests are waited for this long when the worker must stop. */
const DRAIN_MS = 8_000

export type Ended = 'completed' | 'released' | 'failed' | 'lost'

export class ItemRun {
  readonly #parts: WorkerParts
  readonly #item: LeasedItem
  readonly #lease: Lease
  /** Aborted: no more is read. */
  readonly #reading = new AbortController()
  /** Aborted: what is under way is given up. */
  readonly #sending = new AbortController()
  #sink: ItemSink | null = null
  /** Documents read by all holders. */
  #seen = 0
  #error: unknown = null

  /** `askedAt`: when the lease was asked for, by `performance.now()`. */
  constructor(parts: WorkerParts, item: LeasedItem, askedAt: number) {
    this.#parts = parts
    this.#item = item
    this.#lease = new Lease(askedAt)
    this.#lease.signal.addEventListener('abort', () => this.#giveUp(), { once: true })
  }

  /** Ends with the item completed, given back, failed or lost; throws only `RunOver`. */
  async run(stop: AbortSignal): Promise<Ended> {
    const halt = () => this.#reading.abort()
    stop.addEventListener('abort', halt, { once: true })
    if (stop.aborted) halt()
    const ended = new AbortController()
    const checkpoints = this.#checkpoints(ended.signal)
    try {
      await this.#readAll()
      await this.#sink?.drain(this.#reading.signal.aborted ? DRAIN_MS : null)
    } catch (error) {
      if (this.#reading.signal.aborted && this.#error === null) await this.#sink?.drain(DRAIN_MS)
      else this.#fail(error)
    } finally {
      this.#sending.abort(new Error('the item has ended'))
      await this.#sink?.drain(null)
      this.#sink?.drop()
      ended.abort()
      await checkpoints
      stop.removeEventListener('abort', halt)
    }
    return this.#end()
  }

  async #end(): Promise<Ended> {
    const { workItems, failed, report } = this.#parts
    const { key, spec } = this.#item
    if (this.#lease.signal.aborted) return this.#lost()
    if (this.#error instanceof RunOver) throw this.#error
    try {
      const held = this.#held()
      await failed.flush()
      if (this.#error !== null) {
        const error = errorOf(this.#error)
        report.log('error', `Item ${key} failed: ${error.message}`, { key, ...spec, code: error.code })
        await workItems.fail(key, { ...held, error })
        return 'failed'
      }
      if (this.#reading.signal.aborted) {
        await workItems.release(key, held)
        return 'released'
      }
      const { written, rejected, skipped } = held.counts
      failpoint('worker.completing')
      await workItems.complete(key, { ...held, expected: written + rejected + skipped })
      return 'completed'
    } catch (error) {
      if (error instanceof Problem && error.code === 'lease_lost') return this.#lost()
      if (error instanceof RunOver) throw error
      // Nobody heard of it: the lease runs out, and the next holder goes on from the last checkpoint.
      report.log('error', `Item ${key} could not be handed back`, { key, error: errorOf(error).message })
      return 'lost'
    }
  }

  #lost(): Ended {
    const { key } = this.#item
    this.#parts.report.log('warn', `The lease of item ${key} was lost; it is dropped`, { key })
    return 'lost'
  }

  async #readAll(): Promise<void> {
    const { spec } = this.#item
    const shard = await this.#parts.shards.shard(spec.index, spec.shard)
    const conflicts = conflictsOf(this.#parts, this.#item, shard.metadata)
    const onError = (error: unknown) => this.#fail(error)
    const signals = { signal: this.#sending.signal, halt: this.#reading.signal }
    const sink = new ItemSink(this.#parts, this.#item, conflicts, this.#lease, signals, onError)
    this.#sink = sink
    const reading = { parts: this.#parts, item: this.#item, sink, signal: this.#reading.signal }
    const checked = verifySegment(shard, reading)
    checked.catch(() => {}) // awaited below; until then it must not count as unhandled
    this.#seen = await readDocuments(shard, reading)
    if (this.#reading.signal.aborted) return
    await checked
    await sink.drain(null)
    if (this.#error === null) this.#expectAll()
  }

  /** What the plan counted in metadata is what was read; anything else is damage that nobody noticed before. */
  #expectAll(): void {
    const { expected, key } = this.#item
    if (expected === null || expected === this.#seen) return
    throw new ToolFailure(
      'documents_missing',
      `Item ${key} gave ${this.#seen} documents, and the snapshot's metadata says ${expected}`,
      { evidence: { expected, read: this.#seen }, remedy: 'Take a new snapshot, or choose an older one.' },
    )
  }

  /** Keeps the lease and what was reached, until `ended`. */
  async #checkpoints(ended: AbortSignal): Promise<void> {
    let wait = this.#parts.checkpointMs
    for (;;) {
      await sleep(wait, undefined, { signal: ended }).catch(() => {})
      if (ended.aborted || this.#lease.signal.aborted) return
      wait = (await this.#checkpoint()) ? this.#parts.checkpointMs : Math.min(1_000, this.#parts.checkpointMs)
    }
  }

  async #checkpoint(): Promise<boolean> {
    const { workItems, failed, report, apply } = this.#parts
    const { key } = this.#item
    try {
      const held = this.#held()
      await failed.flush()
      const askedAt = performance.now()
      const answer = await workItems.checkpoint(key, held)
      this.#lease.extend(askedAt)
      apply(answer.knobs)
      if (!answer.continue) this.#reading.abort()
      return true
    } catch (error) {
      if (error instanceof Problem && error.code === 'lease_lost') this.#lease.lose(error)
      else if (error instanceof RunOver) {
        this.#fail(error)
        this.#giveUp()
      } else report.log('warn', `No checkpoint of item ${key}: ${errorOf(error).message}`, { key })
      return false
    }
  }

  /** Taken before failed documents are flushed: what it counts is durable after that. */
  #held(): Held {
    const { epoch, counts, cursor } = this.#item
    const window = this.#sink?.window
    return {
      epoch,
      worker: this.#parts.worker,
      cursor: window ? { doc: window.cursor } : cursor,
      counts: window?.counts ?? counts,
      state: this.#parts.waiting.state(),
    }
  }

  #fail(error: unknown): void {
    // What follows from stopping is not what went wrong.
    if (this.#error !== null || (this.#reading.signal.aborted && !(error instanceof RunOver))) return
    this.#error = error
    this.#reading.abort()
  }

  #giveUp(): void {
    this.#reading.abort()
    this.#sending.abort(new Error('the item is no longer ours'))
  }
}
