// One leased item from its cursor to its end: have its task done, checkpoint, give back.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knobs } from '../../shared/domain/backfill.ts'
import { failpoint } from '../../shared/domain/failpoint.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { Held, LeasedItem, WorkerState, WorkItems } from '../../shared/domain/work-item.ts'
import { Problem } from '../../shared/problems.ts'
import { errorOf, RunOver, ToolFailure } from './failure.ts'
import { Lease } from './lease.ts'

/** In-flight requests are waited for this long when the worker must stop. */
const DRAIN_MS = 8_000

export type Ended = 'completed' | 'released' | 'failed' | 'lost'

/** What a task is told while its item is held. */
export type TaskSignals = {
  lease: Lease
  /** Aborted: no more is read. */
  reading: AbortSignal
  /** Aborted: what is under way is given up. */
  sending: AbortSignal
  /** Something went wrong beside `work`. */
  onError(error: unknown): void
}

/** What is done with an item while it is held. */
export interface ItemTask {
  /** Goes from the cursor to the end, or returns early where `reading` is aborted. Gives how many documents that were, of all holders. */
  work(): Promise<number>
  /** Waits for what is under way, at most `ms`; null is without end. */
  drain(ms: number | null): Promise<void>
  /** Lets go of what it holds. */
  drop(): void
  /** Where it stands. What it covers is durable once `flush` has resolved. */
  position(): Pick<Held, 'cursor' | 'counts'>
  flush(): Promise<void>
  /** What the item found, kept with it when it is complete. */
  result?(): string
}

/** What holding an item needs of its worker. */
export type Holder = {
  worker: string
  workItems: WorkItems
  report: Report
  apply(knobs: Knobs): void
  state(): WorkerState
  /** How many items it works on side by side. */
  itemsAtOnce(): number
  checkpointMs: number
}

export class ItemRun {
  readonly #holder: Holder
  readonly #item: LeasedItem
  readonly #task: ItemTask
  readonly #lease: Lease
  readonly #reading = new AbortController()
  readonly #sending = new AbortController()
  #error: unknown = null

  /** `askedAt`: when the lease was asked for, by `performance.now()`. */
  constructor(
    holder: Holder,
    item: LeasedItem,
    askedAt: number,
    taskOf: (item: LeasedItem, signals: TaskSignals) => ItemTask,
  ) {
    this.#holder = holder
    this.#item = item
    this.#lease = new Lease(askedAt)
    this.#lease.signal.addEventListener('abort', () => this.#giveUp(), { once: true })
    this.#task = taskOf(item, {
      lease: this.#lease,
      reading: this.#reading.signal,
      sending: this.#sending.signal,
      onError: (error) => this.#fail(error),
    })
  }

  /** Ends with the item completed, given back, failed or lost; throws only `RunOver`. */
  async run(stop: AbortSignal): Promise<Ended> {
    const halt = () => this.#reading.abort()
    stop.addEventListener('abort', halt, { once: true })
    if (stop.aborted) halt()
    const ended = new AbortController()
    const checkpoints = this.#checkpoints(ended.signal)
    try {
      const seen = await this.#task.work()
      if (!this.#reading.signal.aborted) {
        await this.#task.drain(null)
        if (this.#error === null) this.#expectAll(seen)
      }
      await this.#task.drain(this.#reading.signal.aborted ? DRAIN_MS : null)
    } catch (error) {
      if (this.#reading.signal.aborted && this.#error === null) await this.#task.drain(DRAIN_MS)
      else this.#fail(error)
    } finally {
      this.#sending.abort(new Error('the item has ended'))
      await this.#task.drain(null)
      this.#task.drop()
      ended.abort()
      await checkpoints
      stop.removeEventListener('abort', halt)
    }
    return this.#end()
  }

  async #end(): Promise<Ended> {
    const { workItems, report } = this.#holder
    const { key, spec } = this.#item
    if (this.#lease.signal.aborted) return this.#lost()
    if (this.#error instanceof RunOver) throw this.#error
    try {
      const held = this.#held()
      await this.#task.flush()
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
      const result = this.#task.result?.()
      const expected = written + rejected + skipped
      await workItems.complete(key, { ...held, expected, ...(result === undefined ? {} : { result }) })
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
    this.#holder.report.log('warn', `The lease of item ${key} was lost; it is dropped`, { key })
    return 'lost'
  }

  /** What the plan counted in metadata is what was read; anything else is damage that nobody noticed before. */
  #expectAll(seen: number): void {
    const { expected, key } = this.#item
    if (expected === null || expected === seen) return
    throw new ToolFailure(
      'documents_missing',
      `Item ${key} gave ${seen} documents, and ${expected} were counted when it was planned`,
      { evidence: { expected, read: seen }, remedy: 'Take a new snapshot, or choose an older one.' },
    )
  }

  /** Keeps the lease and what was reached, until `ended`. */
  async #checkpoints(ended: AbortSignal): Promise<void> {
    let wait = this.#holder.checkpointMs
    for (;;) {
      await sleep(wait, undefined, { signal: ended }).catch(() => {})
      if (ended.aborted || this.#lease.signal.aborted) return
      wait = (await this.#checkpoint())
        ? this.#holder.checkpointMs
        : Math.min(1_000, this.#holder.checkpointMs)
    }
  }

  async #checkpoint(): Promise<boolean> {
    const { workItems, report, apply } = this.#holder
    const { key } = this.#item
    try {
      const held = this.#held()
      await this.#task.flush()
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

  /** Taken before the task flushes: what it counts is durable after that. */
  #held(): Held {
    const { worker, state } = this.#holder
    return { epoch: this.#item.epoch, worker, ...this.#task.position(), state: state() }
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
