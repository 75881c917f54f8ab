// A rate per second that may change at any moment. Debt is allowed, so that one large batch is not locked out for ever.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longest sleep before the rate is looked at again. */
const LOOK_MS = 200

export class TokenBucket {
  #rate: number | null = null
  #level = 0
  #at: number
  #waiting = 0
  #turn: Promise<void> = Promise.resolve()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#at = now()
  }

  /** Per second; null is no limit. At most one second's worth is saved up. */
  set rate(rate: number | null) {
    this.#refill()
    if (this.#rate === null) this.#level = rate ?? 0
    this.#rate = rate
    this.#level = Math.min(this.#level, rate ?? 0)
  }

  /** Whether somebody waits for it now. */
  get isWaitedFor(): boolean {
    return this.#waiting > 0
  }

  /** How long until the debt is paid, in milliseconds. */
  get waitMs(): number {
    this.#refill()
    if (this.#rate === null || this.#level >= 0) return 0
    return (-this.#level / this.#rate) * 1_000
  }

  /**
   * Takes `count` and waits until what was taken before is paid for. First come, first served: the cursor of an item
   * stands still while its first batch is passed by.
   */
  async take(count: number, signal?: AbortSignal): Promise<void> {
    if (this.#rate === null && this.#waiting === 0) return
    const turn = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    this.#waiting++
    try {
      await turn
      signal?.throwIfAborted()
      for (let wait = this.waitMs; wait > 0; wait = this.waitMs)
        await sleep(Math.min(wait, LOOK_MS), undefined, { signal })
      if (this.#rate !== null) this.#level -= count
    } finally {
      this.#waiting--
      resolve()
    }
  }

  #refill(): void {
    const now = this.#now()
    if (this.#rate !== null)
      this.#level = Math.min(this.#rate, this.#level + ((now - this.#at) / 1_000) * this.#rate)
    this.#at = now
  }
}
