// Work items without a control plane: for a worker on its own, with the same fencing as the real ones.
import type { Knobs } from '../../shared/domain/backfill.ts'
import type {
  CheckpointAnswer,
  Completed,
  Held,
  LeaseAnswer,
  LeasedItem,
  PlannedIndex,
  PlannedItem,
  WorkItemCounts,
  WorkItemError,
  WorkItems,
} from '../../shared/domain/work-item.ts'
import { Problem } from '../../shared/problems.ts'

export type MemoryItem = PlannedItem & {
  state: 'waiting' | 'leased' | 'done' | 'failed'
  epoch: number
  attempt: number
  worker: string | null
  leaseExpiresAt: number
  notBefore: number
  cursor: LeasedItem['cursor']
  counts: WorkItemCounts
  error: WorkItemError | null
}

const LEASE_MS = 30_000
const ATTEMPTS = 5
const nothing: WorkItemCounts = { written: 0, rejected: 0, skipped: 0, bytes: 0 }

export class MemoryWorkItems implements WorkItems {
  readonly indexes = new Map<string, PlannedIndex>()
  readonly items = new Map<string, MemoryItem>()
  knobs: Knobs
  paused = false
  isPlanned = false
  readonly #now: () => number

  constructor(knobs: Knobs, now: () => number = Date.now) {
    // A whole plan may be given; who asks for knobs gets no more than those.
    const { batchBytes, concurrency, rateLimit } = knobs
    this.knobs = { batchBytes, concurrency, rateLimit }
    this.#now = now
  }

  async plan(indexes: PlannedIndex[], items: PlannedItem[], complete: boolean): Promise<void> {
    for (const index of indexes) if (!this.indexes.has(index.name)) this.indexes.set(index.name, index)
    for (const item of items) {
      if (this.items.has(item.key)) continue
      const fresh = { state: 'waiting' as const, epoch: 0, attempt: 0, worker: null, leaseExpiresAt: 0 }
      this.items.set(item.key, {
        ...item,
        ...fresh,
        notBefore: 0,
        cursor: null,
        counts: nothing,
        error: null,
      })
    }
    this.isPlanned ||= complete
  }

  async lease(worker: string, max: number): Promise<LeaseAnswer> {
    const now = this.#now()
    const answer = (next: LeaseAnswer['next'], items: LeasedItem[] = []): LeaseAnswer => {
      return { items, next, retryAfterMs: next === 'wait' || next === 'paused' ? 250 : 0, knobs: this.knobs }
    }
    if (this.paused) return answer('paused')
    const free = [...this.items.values()]
      .filter(({ state, leaseExpiresAt, notBefore }) =>
        state === 'waiting' ? notBefore <= now : state === 'leased' && leaseExpiresAt < now,
      )
      .sort((a, b) => a.priority - b.priority || b.bytes - a.bytes || (a.key < b.key ? -1 : 1))
      .slice(0, max)
    if (free.length > 0)
      return answer(
        null,
        free.map((item) => this.#give(item, worker, now)),
      )
    const open = [...this.items.values()].some(({ state }) => state === 'waiting' || state === 'leased')
    return answer(this.isPlanned && !open ? 'done' : 'wait')
  }

  #give(item: MemoryItem, worker: string, now: number): LeasedItem {
    Object.assign(item, { state: 'leased', worker, leaseExpiresAt: now + LEASE_MS })
    item.epoch++
    item.attempt++
    const { key, spec, expected, epoch, cursor, counts, attempt } = item
    const leaseExpiresAt = new Date(item.leaseExpiresAt).toISOString()
    return { key, spec, expected, epoch, cursor, counts, attempt, leaseExpiresAt }
  }

  async checkpoint(key: string, at: Held): Promise<CheckpointAnswer> {
    const item = this.#held(key, at)
    if (at.cursor && at.cursor.doc !== item.cursor?.doc) item.attempt = 0
    this.#keep(item, at)
    item.leaseExpiresAt = this.#now() + LEASE_MS
    return {
      continue: !this.paused,
      leaseExpiresAt: new Date(item.leaseExpiresAt).toISOString(),
      knobs: this.knobs,
    }
  }

  async complete(key: string, at: Completed): Promise<void> {
    const item = this.#held(key, at)
    this.#keep(item, at)
    Object.assign(item, { state: 'done', worker: null, expected: at.expected, error: null })
  }

  async release(key: string, at: Held): Promise<void> {
    const item = this.#held(key, at)
    this.#keep(item, at)
    item.attempt = Math.max(0, item.attempt - 1)
    Object.assign(item, { state: 'waiting', worker: null })
  }

  async fail(key: string, at: Held & { error: WorkItemError }): Promise<void> {
    const item = this.#held(key, at)
    this.#keep(item, at)
    const again = at.error.retryable && item.attempt < ATTEMPTS
    const notBefore = this.#now() + 1_000 * 2 ** item.attempt
    Object.assign(item, { state: again ? 'waiting' : 'failed', worker: null, error: at.error, notBefore })
  }

  #held(key: string, { epoch, worker }: Held): MemoryItem {
    const item = this.items.get(key)
    if (item?.state !== 'leased' || item.epoch !== epoch || item.worker !== worker)
      throw new Problem('lease_lost', `Another worker holds the item "${key}" now`)
    return item
  }

  #keep(item: MemoryItem, { cursor, counts }: Held): void {
    item.cursor = cursor ?? item.cursor
    item.counts = { ...counts }
  }
}
