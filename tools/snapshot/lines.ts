import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { throwIfStopped } from '../lucene/repository-error.ts'

/** Gathers lines into larger writes and waits for the reader of the pipe. */
export class Lines {
  readonly #out: Writable
  readonly #signal: AbortSignal
  #held: string[] = []
  #size = 0

  constructor(out: Writable, signal: AbortSignal) {
    this.#out = out
    this.#signal = signal
  }

  async json(line: object): Promise<void> {
    await this.text(`${JSON.stringify(line)}\n`)
  }

  async text(text: string): Promise<void> {
    this.#held.push(text)
    this.#size += text.length
    if (this.#size > 1 << 16) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#held.length === 0) return
    const text = this.#held.join('')
    this.#held = []
    this.#size = 0
    if (!this.#out.write(text) && !this.#out.destroyed)
      await once(this.#out, 'drain', { signal: this.#signal })
    throwIfStopped(this.#signal)
  }
}
