// The answer of a search, read as bytes: a hit's source is never parsed, so that its numbers stay as they are written.

import { NotJson } from './canonical.ts'
import { SOURCE_PLACE } from './digest.ts'
import type { FastCanonicalizer } from './fast-canonical.ts'

export type Hit = {
  /** UTF-8, valid until the next hit. */
  id: Uint8Array
  routing: string | undefined
  /** Whether the target holds a source; its canonical form is then what the canonicalizer wrote last. */
  hasSource: boolean
  /** Bytes of the source as the target keeps it. */
  sourceBytes: number
  /** The source as it stands, a view, where no canonical form is made of it. */
  source: Uint8Array | null
}

export type Envelope = {
  pitId: string | null
  scrollId: string | null
  timedOut: boolean
  shards: { total: number; successful: number; failed: number; failures: unknown }
  /** How many hits were read. */
  hits: number
  /** The sort values of the last hit, as they are written; null where there was none. */
  lastSort: string | null
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The keys of a hit that matter. They stand in every one, and are told apart without making text of them. */
const ID = Buffer.from('_id')
const SOURCE = Buffer.from('_source')
const SORT = Buffer.from('sort')
const ROUTING = Buffer.from('_routing')
const HIT_KEYS = [ID, SOURCE, SORT, ROUTING]
const NOTHING = new Uint8Array(0)

/** Walks over one answer. Throws `NotJson` where it is none. */
export class SearchAnswer {
  readonly #bytes: Uint8Array
  readonly #canonical: FastCanonicalizer | null
  readonly #onHit: (hit: Hit) => void
  readonly #envelope: Envelope = {
    pitId: null,
    scrollId: null,
    timedOut: false,
    shards: { total: 0, successful: 0, failed: 0, failures: null },
    hits: 0,
    lastSort: null,
  }
  #at = 0
  /** Where the sort values of the last hit stand. */
  #sortFrom = 0
  #sortTo = 0

  private constructor(bytes: Uint8Array, canonical: FastCanonicalizer | null, onHit: (hit: Hit) => void) {
    // Views of a plain array cost half of those of a Buffer.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#canonical = canonical
    this.#onHit = onHit
  }

  /** Without a canonicalizer sources are stepped over. */
  static read(bytes: Uint8Array, canonical: FastCanonicalizer | null, onHit: (hit: Hit) => void): Envelope {
    const answer = new SearchAnswer(bytes, canonical, onHit)
    answer.#members((key) => answer.#top(key))
    if (answer.#sortTo > 0) answer.#envelope.lastSort = answer.#slice(answer.#sortFrom, answer.#sortTo)
    return answer.#envelope
  }

  #top(key: string): void {
    const envelope = this.#envelope
    if (key === 'hits') this.#members((inner) => (inner === 'hits' ? this.#hits() : this.#skip()))
    else if (key === 'pit_id') envelope.pitId = String(this.#json())
    else if (key === '_scroll_id') envelope.scrollId = String(this.#json())
    else if (key === 'timed_out') envelope.timedOut = this.#json() !== false
    else if (key === '_shards') envelope.shards = shardsOf(this.#json())
    else this.#skip()
  }

  #hits(): void {
    this.#expect(0x5b)
    if (this.#peek() !== 0x5d) {
      this.#hit()
      while (this.#peek() === 0x2c) {
        this.#at++
        this.#hit()
      }
    }
    this.#expect(0x5d)
  }

  /** There are thousands in an answer, so nothing is made here that is not given on. */
  #hit(): void {
    const hit: Hit = { id: NOTHING, routing: undefined, hasSource: false, sourceBytes: 0, source: null }
    this.#expect(0x7b)
    while (this.#peek() !== 0x7d) {
      const key = this.#hitKey()
      this.#expect(0x3a)
      this.#peek()
      const start = this.#at
      if (key === ID) hit.id = this.#text()
      else if (key === SOURCE) this.#source(hit)
      else if (key === ROUTING) hit.routing = String(this.#json())
      else this.#skip()
      if (key === SORT) {
        this.#sortFrom = start
        this.#sortTo = this.#at
      }
      if (this.#peek() !== 0x7d) this.#expect(0x2c)
    }
    this.#at++
    this.#envelope.hits++
    this.#onHit(hit)
  }

  /** Null where it is none of those that matter. */
  #hitKey(): Uint8Array | null {
    this.#peek()
    const start = this.#at + 1
    this.#string()
    for (const key of HIT_KEYS) if (this.#holds(key, start, this.#at - 1)) return key
    return null
  }

  #source(hit: Hit): void {
    const start = this.#at
    if (this.#canonical !== null)
      this.#at = this.#canonical.write(this.#bytes, start, this.#bytes.length, SOURCE_PLACE)
    else {
      this.#skip()
      hit.source = this.#bytes.subarray(start, this.#at)
    }
    hit.hasSource = true
    hit.sourceBytes = this.#at - start
  }

  #members(member: (key: string) => void): void {
    this.#expect(0x7b)
    while (this.#peek() !== 0x7d) {
      const key = this.#key()
      this.#expect(0x3a)
      this.#peek()
      member(key)
      if (this.#peek() !== 0x7d) this.#expect(0x2c)
    }
    this.#at++
  }

  #key(): string {
    this.#peek()
    const start = this.#at
    this.#string()
    return String(JSON.parse(this.#slice(start, this.#at)))
  }

  #holds(wanted: Uint8Array, from: number, to: number): boolean {
    if (to - from !== wanted.length) return false
    for (let at = from; at < to; at++) if (this.#bytes[at] !== wanted[at - from]) return false
    return true
  }

  #slice(from: number, to: number): string {
    return Buffer.from(this.#bytes.subarray(from, to)).toString('utf8')
  }

  /** A string's bytes; a view where it has no escapes. */
  #text(): Uint8Array {
    this.#peek()
    const start = this.#at
    const hasEscapes = this.#string()
    if (!hasEscapes) return this.#bytes.subarray(start + 1, this.#at - 1)
    return Buffer.from(String(JSON.parse(this.#slice(start, this.#at))))
  }

  #json(): unknown {
    this.#peek()
    const start = this.#at
    this.#skip()
    return JSON.parse(this.#slice(start, this.#at))
  }

  /** Steps over a value of any depth. */
  #skip(): void {
    const bytes = this.#bytes
    let depth = 0
    this.#peek()
    do {
      const byte = bytes[this.#at]
      if (byte === undefined) throw new NotJson(this.#at)
      if (byte === QUOTE) this.#string()
      else {
        if (byte === 0x7b || byte === 0x5b) depth++
        else if (byte === 0x7d || byte === 0x5d) depth--
        this.#at++
      }
    } while (depth > 0 || !isEnd(bytes[this.#at]))
  }

  /** Steps over a string, and says whether it has escapes. */
  #string(): boolean {
    const bytes = this.#bytes
    if (bytes[this.#at] !== QUOTE) throw new NotJson(this.#at)
    let at = this.#at + 1
    let hasEscapes = false
    for (;;) {
      const byte = bytes[at]
      if (byte === undefined) throw new NotJson(at)
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        hasEscapes = true
        at++
      }
      at++
    }
    this.#at = at + 1
    return hasEscapes
  }

  #peek(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++this.#at]
    if (byte === undefined) throw new NotJson(this.#at)
    return byte
  }

  #expect(byte: number): void {
    if (this.#peek() !== byte) throw new NotJson(this.#at)
    this.#at++
  }
}

/** After a value at depth 0 comes a comma, a bracket, white space or nothing. */
function isEnd(byte: number | undefined): boolean {
  return (
    byte === undefined ||
    byte === 0x2c ||
    byte === 0x7d ||
    byte === 0x5d ||
    byte === 0x20 ||
    byte === 0x0a ||
    byte === 0x0d ||
    byte === 0x09
  )
}

function shardsOf(value: unknown): Envelope['shards'] {
  const shards = typeof value === 'object' && value !== null ? value : {}
  const number = (key: string) => Number(Reflect.get(shards, key) ?? 0)
  return {
    total: number('total'),
    successful: number('successful'),
    failed: number('failed'),
    failures: Reflect.get(shards, 'failures') ?? null,
  }
}
