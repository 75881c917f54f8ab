// How many bulk requests may be under way at once: up by one while all is well, down by a third when the target asks.
import { performance } from 'node:perf_hooks'

/** How a request ended, as far as the load of the target is concerned. */
export type Pressure = 'none' | 'rejected' | 'timeout' | 'unreachable'

/** Slower than this many times the best, and than SLOW_MS, is a queue at the target and not the work itself. */
const SLOW_TIMES = 4
const SLOW_MS = 8_000
const SHRINK = 0.67

export class Congestion {
  #limit: number
  #maximum: number
  #inFlight = 0
  #acknowledged = 0
  #bestMs = Number.POSITIVE_INFINITY
  #shrunkAt = Number.NEGATIVE_INFINITY
  #pressedAt = Number.NEGATIVE_INFINITY
  #pressure: Pressure | 'slow' = 'none'
  readonly #waiting: (() => void)[] = []
  readonly #now: () => number

  constructor(maximum: number, now: () => number = () => performance.now()) {
    this.#maximum = maximum
    this.#limit = Math.min(2, maximum)
    this.#now = now
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit))
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** What holds us back, if it was felt within the last seconds; `none` at full speed. */
  get pressure(): Pressure | 'slow' {
    return this.#now() - this.#pressedAt < 10_000 ? this.#pressure : 'none'
  }

  /** The knob; takes effect at once. */
  set maximum(maximum: number) {
    this.#maximum = maximum
    this.#limit = Math.min(this.#limit, maximum)
    this.#wake()
  }

  async enter(signal?: AbortSignal): Promise<void> {
    while (this.#inFlight >= this.limit) {
      signal?.throwIfAborted()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
      await promise
      const at = this.#waiting.indexOf(resolve)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
    if (signal?.aborted) {
      // A place was offered to one who left: the next in line gets it.
      this.#wake()
      signal.throwIfAborted()
    }
    this.#inFlight++
  }

  leave(pressure: Pressure, tookMs: number): void {
    this.#inFlight--
    if (pressure !== 'none') this.#shrink(pressure)
    else {
      this.#bestMs = Math.min(this.#bestMs * 1.01, tookMs)
      if (tookMs > SLOW_MS && tookMs > this.#bestMs * SLOW_TIMES) this.#shrink('slow')
      else if (++this.#acknowledged >= this.limit) {
        this.#acknowledged = 0
        this.#limit = Math.min(this.#maximum, this.#limit + 1)
      }
    }
    this.#wake()
  }

  /** At most once a second: all requests of one moment tell of the same jam. */
  #shrink(pressure: Pressure | 'slow'): void {
    const now = this.#now()
    this.#pressure = pressure
    this.#pressedAt = now
    this.#acknowledged = 0
    if (now - this.#shrunkAt < 1_000) return
    this.#shrunkAt = now
    this.#limit = Math.max(1, this.#limit * SHRINK)
  }

  #wake(): void {
    for (let free = this.limit - this.#inFlight; free > 0; free--) this.#waiting.shift()?.()
  }
}
