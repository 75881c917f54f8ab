// A worker as a state machine: each step is one call or one write. It crashes, stalls, and hears no answers.
import * as v from 'valibot'
import { CheckpointAnswer, LeaseAnswer, type LeasedItem } from '../../shared/domain/work-item.ts'
import type { Random } from './random.ts'
import { idsOf, type World } from './world.ts'

export type Weather = {
  /** How often a call or a write goes wrong. */
  faults: number
}

type Counts = LeasedItem['counts']
type Held = {
  key: string
  index: string
  to: number
  epoch: number
  doc: number
  counts: Counts
  leave: boolean
}
type Call = { path: string; body: object; then: (status: number, body: unknown) => void }

export class SimWorker {
  #name: string
  #lives = 0
  #held: Held[] = []
  /** A call whose answer never came is sent again, as it was. */
  #pending: Call | null = null
  #stalledUntil = 0
  done = false
  readonly #slot: string
  readonly #world: World
  readonly #random: Random
  readonly #say: (line: string) => void
  readonly #late: Call[] = []

  constructor(slot: string, world: World, random: Random, say: (line: string) => void) {
    this.#slot = slot
    this.#name = `${slot}-0`
    this.#world = world
    this.#random = random
    this.#say = say
  }

  async step(weather: Weather): Promise<void> {
    const faults = weather.faults > 0
    if (faults && this.#late.length > 0 && this.#random.chance(0.2)) return this.#deliverLate()
    if (faults && this.#world.clock.now.getTime() < this.#stalledUntil) return
    if (faults && this.#random.chance(0.02)) return this.#crash()
    if (faults && this.#random.chance(0.03)) {
      this.#stalledUntil = this.#world.clock.now.getTime() + this.#random.below(90_000)
      return this.#say(`${this.#name} stalls`)
    }
    if (this.#pending) return this.#call(this.#pending, weather)
    const held = this.#held[0]
    if (!held) return this.#lease(weather)
    if (held.leave) return this.#handBack(held, 'release', {}, weather)
    if (held.doc >= held.to)
      return this.#handBack(held, 'complete', { expected: sumOf(held.counts) }, weather)
    const luck = this.#random.below(100)
    if (luck < 30) return this.#checkpoint(held, weather)
    if (faults && luck < 33) return this.#handBack(held, 'fail', { error }, weather)
    if (faults && luck < 36) return this.#handBack(held, 'release', {}, weather)
    this.#write(held, weather)
  }

  #crash(): void {
    this.#say(`${this.#name} is killed`)
    this.#held = []
    this.#pending = null
    this.#name = `${this.#slot}-${++this.#lives}`
  }

  /** A request that hung in between arrives when nobody waits for it any more. */
  async #deliverLate(): Promise<void> {
    const call = this.#late.shift()
    if (!call) return
    const { status } = await this.#world.tool(call.path, call.body)
    this.#say(`a late ${call.path} arrives: ${status}`)
  }

  #write(held: Held, { faults }: Weather): void {
    const to = Math.min(held.to, held.doc + 1 + this.#random.below(4))
    const ids = idsOf(held, held.doc, to)
    if (this.#random.chance(faults)) {
      this.#say(`${this.#name} is answered 429`)
      return
    }
    const { written, rejected } = this.#world.target.take(ids)
    // 503 or a timeout: the target took it, or some of it, and the worker does not know.
    if (this.#random.chance(faults)) {
      this.#say(`${this.#name} hears nothing of ${ids.length} documents`)
      return
    }
    const { counts } = held
    held.counts = {
      written: counts.written + written,
      rejected: counts.rejected + rejected,
      skipped: counts.skipped,
      bytes: counts.bytes + ids.length * 10,
    }
    held.doc = to
    this.#say(`${this.#name} wrote ${held.key} up to ${to}`)
  }

  #lease(weather: Weather): Promise<void> {
    const body = { worker: this.#name, max: 1 + this.#random.below(2) }
    const then = (status: number, answer: unknown) => {
      if (status !== 200) return
      const { items, next } = v.parse(LeaseAnswer, answer)
      this.done = next === 'done'
      this.#held = items.map(({ key, spec, epoch, cursor, counts }) => {
        const { index, to, from } = spec
        return { key, index, to, epoch, doc: cursor?.doc ?? from, counts, leave: false }
      })
    }
    return this.#call({ path: '/lease', body, then }, weather)
  }

  #checkpoint(held: Held, weather: Weather): Promise<void> {
    const then = (status: number, answer: unknown) => {
      if (status === 409) this.#drop(held)
      else if (status === 200) held.leave = !v.parse(CheckpointAnswer, answer).continue
    }
    return this.#call({ path: `/${held.key}/checkpoint`, body: this.#bodyOf(held), then }, weather)
  }

  #handBack(held: Held, verb: string, more: object, weather: Weather): Promise<void> {
    const then = () => this.#drop(held)
    const body = { ...this.#bodyOf(held), ...more }
    return this.#call({ path: `/${held.key}/${verb}`, body, then }, weather)
  }

  #drop(held: Held): void {
    this.#held = this.#held.filter((other) => other !== held)
  }

  #bodyOf({ epoch, doc, counts }: Held): object {
    return { epoch, worker: this.#name, cursor: { doc }, counts }
  }

  async #call(call: Call, { faults }: Weather): Promise<void> {
    const { clock, tool } = this.#world
    this.#pending = call
    if (this.#random.chance(faults)) {
      if (this.#random.chance(0.3)) this.#late.push(call)
      return this.#say(`${this.#name} ${call.path} does not arrive`)
    }
    if (this.#random.chance(faults)) clock.dropBefore = this.#random.below(9)
    const { status, body } = await tool(call.path, call.body)
    clock.dropBefore = null
    const heard = status < 500 && !this.#random.chance(faults)
    this.#say(
      `${this.#name} ${call.path} ${JSON.stringify(call.body)}: ${status}${heard ? '' : ', not heard'}`,
    )
    if (!heard) return
    if (![200, 204, 409].includes(status)) throw new Error(`${call.path} is answered ${status}`)
    this.#pending = null
    call.then(status, body)
  }
}

const sumOf = ({ written, rejected, skipped }: Counts) => written + rejected + skipped
const error = { code: 'passing', message: 'it may pass', evidence: {}, remedy: null, retryable: true }
