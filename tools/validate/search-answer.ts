// The answer of a search, read as bytes: a hit's source is never parsed, so that its numbers stay as they are written.

import { NotJson } from './canonical.ts'
import { SOURCE_PLACE } from './digest.ts'
import { DocumentId } from './document-id.ts'
import type { FastCanonicalizer } from './fast-canonical.ts'

/** One object for all hits of an answer: valid until the next. */
export type Hit = {
  readonly id: DocumentId
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
const ID = Buffer.from('"_id"')
const SOURCE = Buffer.from('"_source"')
const SORT = Buffer.from('"sort"')
const ROUTING = Buffer.from('"_routing"')
const HIT_KEYS = [ID, SOURCE, SORT, ROUTING]

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
  readonly #hit: Hit = {
    id: new DocumentId(),
    routing: undefined,
    hasSource: false,
    sourceBytes: 0,
    source: null,
  }
  #at = 0
  /** Of the last hit that was parsed whole: from its beginning into its id, and from there to its source. */
  #leadFrom = 0
  #leadTo = 0
  #middleFrom = 0
  #middleTo = 0
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
      this.#readHit()
      while (this.#peek() === 0x2c) {
        this.#at++
        this.#readHit()
      }
    }
    this.#expect(0x5d)
  }

  /** There are thousands in an answer, so nothing is made here that is not given on. */
  #readHit(): void {
    const hit = this.#hit
    hit.id.length = 0
    hit.routing = undefined
    hit.hasSource = false
    hit.sourceBytes = 0
    hit.source = null
    this.#peek()
    const start = this.#at
    if (this.#isLikeLast(hit)) {
      this.#source(hit)
      if (this.#peek() !== 0x7d) this.#expect(0x2c)
    } else this.#expect(0x7b)
    while (this.#peek() !== 0x7d) {
      this.#hitMember(hit, start)
      if (this.#peek() !== 0x7d) this.#expect(0x2c)
    }
    this.#at++
    this.#envelope.hits++
    this.#onHit(hit)
  }

  #hitMember(hit: Hit, hitStart: number): void {
    const key = this.#hitKey()
    this.#expect(0x3a)
    this.#peek()
    const start = this.#at
    if (key === ID) {
      this.#id(hit.id)
      this.#leadFrom = hitStart
      this.#leadTo = hit.hasSource ? 0 : start + 1
      this.#middleFrom = this.#at - 1
    } else if (key === SOURCE) {
      this.#middleTo = hit.routing === undefined ? start : 0
      this.#source(hit)
    } else if (key === ROUTING) hit.routing = String(this.#json())
    else this.#skip()
    if (key === SORT) {
      this.#sortFrom = start
      this.#sortTo = this.#at
    }
  }

  /**
   * Hits are written alike. Where the bytes before the id and between id and source are those of the last hit, they are
   * not parsed again: takes the id, and stands at the source.
   */
  #isLikeLast({ id }: Hit): boolean {
    const bytes = this.#bytes
    const [lead, middle] = [this.#leadTo - this.#leadFrom, this.#middleTo - this.#middleFrom]
    if (lead < 1 || middle < 1 || !this.#isSame(this.#leadFrom, this.#at, lead)) return false
    const start = this.#at + lead
    let end = start
    for (let byte = bytes[end]; byte !== QUOTE; byte = bytes[++end])
      if (byte === BACKSLASH || byte === undefined) return false
    if (!this.#isSame(this.#middleFrom, end, middle)) return false
    id.copy(bytes, start, end)
    this.#at = end + middle
    return true
  }

  #isSame(a: number, b: number, length: number): boolean {
    const bytes = this.#bytes
    for (let at = 0; at < length; at++) if (bytes[a + at] !== bytes[b + at]) return false
    return true
  }

  /** Null where it is none of those that matter. */
  #hitKey(): Uint8Array | null {
    this.#peek()
    for (const key of HIT_KEYS) {
      if (!this.#begins(key)) continue
      this.#at += key.length
      return key
    }
    this.#string()
    return null
  }

  #begins(wanted: Uint8Array): boolean {
    for (let at = 0; at < wanted.length; at++) if (this.#bytes[this.#at + at] !== wanted[at]) return false
    return true
  }

  #id(id: DocumentId): void {
    this.#peek()
    const start = this.#at
    const hasEscapes = this.#string()
    if (hasEscapes) id.write(String(JSON.parse(this.#slice(start, this.#at))))
    else id.copy(this.#bytes, start + 1, this.#at - 1)
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

  #slice(from: number, to: number): string {
    return Buffer.from(this.#bytes.subarray(from, to)).toString('utf8')
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
