// The memory that bodies of bulk requests live in: a fixed budget, buffers used again, and waiting where it is spent.

type Waiter = { bytes: number; resolve: (buffer: Buffer) => void }

export class Buffers {
  readonly budget: number
  readonly #free: Buffer[] = []
  readonly #waiting: Waiter[] = []
  #used = 0

  constructor(budget: number) {
    this.budget = budget
  }

  /** A buffer of at least `bytes`. One larger than the budget is given when nothing else is in use. */
  take(bytes: number, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const waiter = { bytes, resolve }
    this.#waiting.push(waiter)
    const abort = () => {
      const at = this.#waiting.indexOf(waiter)
      if (at < 0) return
      this.#waiting.splice(at, 1)
      reject(signal?.reason)
      this.#serve()
    }
    signal?.addEventListener('abort', abort, { once: true })
    this.#serve()
    return promise.finally(() => signal?.removeEventListener('abort', abort))
  }

  give(buffer: Buffer): void {
    this.#used -= buffer.length
    this.#free.push(buffer)
    this.#serve()
  }

  /** In the order they asked, so that a large one is not passed by for ever. */
  #serve(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#used > 0 && this.#used + next.bytes > this.budget) return
      this.#waiting.shift()
      const { bytes } = next
      const at = this.#free.findIndex((buffer) => buffer.length >= bytes && buffer.length <= bytes * 1.5)
      const [buffer] = at >= 0 ? this.#free.splice(at, 1) : [Buffer.allocUnsafeSlow(bytes)]
      // What is not used again soon goes: sizes change with the knobs.
      const held = () => this.#free.reduce((sum, free) => sum + free.length, 0)
      this.#used += buffer?.length ?? 0
      while (this.#free.length > 0 && this.#used + held() > this.budget) this.#free.shift()
      if (buffer) next.resolve(buffer)
    }
  }
}
