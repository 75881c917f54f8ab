// The right to write of one item: held for a while, held longer by every checkpoint, and lost for good only once.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the control plane grants (design §8), counted from before we asked, so that no clock but our own is trusted. */
export const LEASE_MS = 30_000
/** Writing stops this long before the lease would end. */
const MARGIN_MS = 5_000

export class Lease {
  readonly #lost = new AbortController()
  readonly #now: () => number
  #until: number

  /** `askedAt`: when the lease was asked for, by `now`. */
  constructor(askedAt: number, now: () => number = () => performance.now()) {
    this.#now = now
    this.#until = askedAt + LEASE_MS
  }

  /** Aborts when the item is somebody else's. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  get mayWrite(): boolean {
    return !this.#lost.signal.aborted && this.#now() < this.#until - MARGIN_MS
  }

  extend(askedAt: number): void {
    this.#until = Math.max(this.#until, askedAt + LEASE_MS)
  }

  lose(reason: unknown): void {
    this.#lost.abort(reason)
  }

  /** Waits until writing is allowed. */
  async writable(signal: AbortSignal): Promise<void> {
    while (!this.mayWrite) {
      signal.throwIfAborted()
      await sleep(100, undefined, { signal })
    }
  }
}
