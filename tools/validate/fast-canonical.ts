// The same canonical form by WebAssembly (canonical.wat), 16 bytes at a time: what nearly all documents take. Where it
// stops (escapes that need a decoder, a value that is no object, more than 64 members out of order or 100 levels, more
// than 4 MB, no JSON) it has no opinion, and the document is canonical.ts's from its beginning.
import { Canonicalizer } from './canonical.ts'
import { canonicalWasm } from './canonical-wasm.gen.ts'

/** As laid out in canonical.wat. */
const SOURCE = 1 << 16
const WINDOW = 4 << 20
const OUT = SOURCE + WINDOW + (1 << 16)
/** Nothing goes past this place before its document. */
const MOST_PLACE = 1 << 14

type Engine = {
  /** The whole memory. */
  memory: Uint8Array
  /** Word 0 is where the last form ends in `memory`. */
  ends: Int32Array
  /** What is written; places begin here. */
  out: Uint8Array
  write: (at: number, place: number) => number
  /** Of which source `memory` holds a window, from where to where, and what it was taken as the end of. */
  source: Uint8Array | null
  from: number
  to: number
  limit: number
  /** The last place that was read: what lies before it may have changed since. */
  looked: number
}

/** One for the process: whoever writes a form uses it before anything is awaited, and the memory is 13 MB. */
let shared: Engine | undefined

export class FastCanonicalizer {
  /** What was written last; valid to `end` until any other is written in this process. */
  out: Uint8Array
  end = 0
  readonly #engine: Engine
  readonly #slow = new Canonicalizer()

  constructor() {
    shared ??= newEngine()
    this.#engine = shared
    this.out = shared.out
  }

  /** As `Canonicalizer.write`. */
  write(source: Uint8Array, from: number, to: number, place: number): number {
    const end = place > MOST_PLACE ? -1 : this.#fast(source, from, to, place)
    if (end >= 0) return end
    const ended = this.#slow.write(source, from, to, place)
    this.#take()
    return ended
  }

  /** As `Canonicalizer.copy`. */
  copy(bytes: Uint8Array, place: number): void {
    this.#slow.copy(bytes, place)
    this.#take()
  }

  #take(): void {
    this.out = this.#slow.out
    this.end = this.#slow.end
  }

  #fast(source: Uint8Array, from: number, to: number, place: number): number {
    const engine = this.#engine
    const isHeld = engine.source === source && engine.limit === to && from > engine.looked && from < engine.to
    if (!isHeld) fill(engine, source, from, to)
    engine.looked = from
    let end = engine.write(SOURCE + from - engine.from, OUT + place)
    if (end < 0 && engine.from < from && engine.to < to) {
      // It may only have gone on behind the window.
      fill(engine, source, from, to)
      end = engine.write(SOURCE, OUT + place)
    }
    if (end < 0) return -1
    this.out = engine.out
    this.end = (engine.ends[0] ?? 0) - OUT
    return engine.from + end - SOURCE
  }
}

function fill(engine: Engine, source: Uint8Array, from: number, to: number): void {
  const length = Math.min(WINDOW, to - from)
  engine.memory.set(length === source.length ? source : source.subarray(from, from + length), SOURCE)
  // A zero is no JSON: nothing behind it is ever taken for a part of the document.
  engine.memory[SOURCE + length] = 0
  engine.source = source
  engine.from = from
  engine.to = from + length
  engine.limit = to
}

function newEngine(): Engine {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(canonicalWasm, 'base64')))
  // The module is ours and exports these two.
  const { memory, write } = exports as unknown as { memory: WebAssembly.Memory; write: Engine['write'] }
  return {
    memory: new Uint8Array(memory.buffer),
    ends: new Int32Array(memory.buffer, 0, 1),
    out: new Uint8Array(memory.buffer, OUT, WINDOW + MOST_PLACE),
    write,
    source: null,
    from: 0,
    to: 0,
    limit: 0,
    looked: 0,
  }
}
