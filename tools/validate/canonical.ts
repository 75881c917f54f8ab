// One form for every way to write the same JSON: no white space, members by name, strings with the fewest escapes,
// and numbers as they were written, because `1.0` and `1` are not the same document to whoever reads it back.
//
// Works on bytes and never makes a number or an object of them: a document passes once, at a few nanoseconds a byte.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d

/** Deeper documents than any engine takes. */
const MAX_DEPTH = 2_000

export class NotJson extends Error {
  constructor(at: number) {
    super(`The bytes are not JSON at ${at}`)
    this.name = 'NotJson'
  }
}

/** Shorter runs are copied faster byte by byte than by a call. */
const SHORT = 48
/** Numbers kept for a member of an open object: where it begins, where its key ends, where it ends, all in `out`. */
const MEMBER = 3

export class Canonicalizer {
  /** What was written last; valid to `end` until the next call. */
  out: Uint8Array
  end = 0
  #source: Uint8Array = new Uint8Array(0)
  #at = 0
  #to = 0
  #spare: Uint8Array = new Uint8Array(1 << 16)
  /** Where the next backslash of `#source` is, from the last place that was looked at; its end where there is none. */
  #backslash = -1
  /** What was found holds for what lies behind it in the same source, not for one that is read anew. */
  #looked = 0
  /** The members of all objects that are open, the innermost last. */
  #members = new Int32Array(256 * MEMBER)
  #open = 0

  constructor(bytes = 1 << 16) {
    this.out = new Uint8Array(bytes)
  }

  /**
   * Writes the canonical form of the value at `from` into `out`, beginning at `place`, and returns where the value ends
   * in `source`. Throws `NotJson`. Values of one source may be written one after the other while it does not change.
   */
  write(source: Uint8Array, from: number, to: number, place: number): number {
    if (source !== this.#source || from <= this.#looked) this.#backslash = -1
    this.#source = source
    this.#looked = from
    this.#open = 0
    // Engines take a byte order mark before a document, and keep it.
    this.#at =
      source[from] === 0xef && source[from + 1] === 0xbb && source[from + 2] === 0xbf ? from + 3 : from
    this.#to = to
    this.end = place
    // Only decoded strings can be longer than they were, by at most three bytes for two: room for that is made once.
    this.#reserve(place + (to - from) * 2 + 16)
    this.#value(0)
    return this.#at
  }

  /** Takes bytes as they are, in place of a canonical form. */
  copy(bytes: Uint8Array, place: number): void {
    this.end = place
    this.#reserve(place + bytes.length)
    this.out.set(bytes, place)
    this.end = place + bytes.length
  }

  #reserve(bytes: number): void {
    if (bytes <= this.out.length) return
    const larger = new Uint8Array(Math.max(bytes, this.out.length * 2))
    larger.set(this.out.subarray(0, this.end))
    this.out = larger
  }

  #value(depth: number): void {
    this.#skipSpace()
    const first = this.#source[this.#at] ?? 0
    if (first === QUOTE) this.#string()
    else if (first === OPEN_OBJECT) this.#object(depth)
    else if (first === OPEN_LIST) this.#list(depth)
    else this.#word()
  }

  #skipSpace(): void {
    const source = this.#source
    let byte = source[this.#at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = source[++this.#at]
  }

  /** A number, `true`, `false` or `null`, as it stands. */
  #word(): void {
    const source = this.#source
    const start = this.#at
    let at = start
    while (at < this.#to) {
      const byte = source[at] ?? 0
      const isPart =
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b
      if (!isPart && byte !== 0x2e && byte !== 0x45) break
      this.out[this.end++] = byte
      at++
    }
    if (at === start) throw new NotJson(at)
    this.#at = at
  }

  #string(): void {
    const source = this.#source
    const start = this.#at
    const limit = Math.min(this.#to, start + SHORT)
    let at = start + 1
    while (at < limit && source[at] !== QUOTE) at++
    if (at === limit) at = seek(source, QUOTE, at)
    if (at < 0 || at >= this.#to) throw new NotJson(start)
    if (this.#backslash < start) this.#seekBackslash(start)
    if (this.#backslash < at) this.#escaped(start)
    else {
      this.#at = at + 1
      this.#copy(source, start, at + 1)
    }
  }

  /** Looked for once in many strings: most documents have none. */
  #seekBackslash(from: number): void {
    const found = seek(this.#source, BACKSLASH, from)
    this.#backslash = found < 0 ? this.#source.length : found
  }

  /** `from` to `to` of `bytes` go to the end of `out`. */
  #copy(bytes: Uint8Array, from: number, to: number): void {
    const { out } = this
    let { end } = this
    if (to - from > SHORT) {
      out.set(bytes.subarray(from, to), end)
      end += to - from
    } else for (let at = from; at < to; at++) out[end++] = bytes[at] ?? 0
    this.end = end
  }

  /** A string with escapes is decoded, and written with those alone that JSON asks for. */
  #escaped(start: number): void {
    const source = this.#source
    let at = start + 1
    while (at < this.#to && source[at] !== QUOTE) at += source[at] === BACKSLASH ? 2 : 1
    if (at >= this.#to) throw new NotJson(start)
    const text = Buffer.from(source.buffer, source.byteOffset + start, at + 1 - start).toString('utf8')
    const bytes = Buffer.from(JSON.stringify(parseString(text, start)))
    this.#reserve(this.end + bytes.length + (this.#to - at) * 2 + 16)
    this.out.set(bytes, this.end)
    this.end += bytes.length
    this.#at = at + 1
  }

  #list(depth: number): void {
    if (depth > MAX_DEPTH) throw new NotJson(this.#at)
    this.out[this.end++] = OPEN_LIST
    this.#at++
    this.#skipSpace()
    if (this.#source[this.#at] !== CLOSE_LIST)
      for (;;) {
        this.#value(depth + 1)
        this.#skipSpace()
        const next = this.#source[this.#at]
        if (next === CLOSE_LIST) break
        if (next !== COMMA) throw new NotJson(this.#at)
        this.#at++
        this.out[this.end++] = COMMA
      }
    this.#at++
    this.out[this.end++] = CLOSE_LIST
  }

  #object(depth: number): void {
    if (depth > MAX_DEPTH) throw new NotJson(this.#at)
    this.out[this.end++] = OPEN_OBJECT
    this.#at++
    this.#skipSpace()
    if (this.#source[this.#at] !== CLOSE_OBJECT) this.#body(depth)
    this.#at++
    this.out[this.end++] = CLOSE_OBJECT
  }

  #body(depth: number): void {
    const first = this.#open
    const start = this.end
    let isSorted = true
    for (;;) {
      const at = this.#member(depth)
      if (isSorted && at > first && this.#compare(at - MEMBER, at) > 0) isSorted = false
      this.#skipSpace()
      const next = this.#source[this.#at]
      if (next === CLOSE_OBJECT) break
      if (next !== COMMA) throw new NotJson(this.#at)
      this.#at++
      this.out[this.end++] = COMMA
    }
    if (!isSorted) this.#sort(first, start)
    this.#open = first
  }

  /** Writes one member, and returns where `#members` holds it. */
  #member(depth: number): number {
    this.#skipSpace()
    if (this.#source[this.#at] !== QUOTE) throw new NotJson(this.#at)
    const from = this.end
    this.#string()
    const keyEnd = this.end
    this.#skipSpace()
    if (this.#source[this.#at] !== COLON) throw new NotJson(this.#at)
    this.#at++
    this.out[this.end++] = COLON
    this.#value(depth + 1)
    const at = this.#open
    this.#open += MEMBER
    if (this.#open > this.#members.length) {
      const larger = new Int32Array(this.#members.length * 2)
      larger.set(this.#members)
      this.#members = larger
    }
    this.#members[at] = from
    this.#members[at + 1] = keyEnd
    this.#members[at + 2] = this.end
    return at
  }

  /** The members from `first` on, by the bytes of their keys; keys that are equal keep their order. */
  #sort(first: number, start: number): void {
    const length = this.end - start
    if (this.#spare.length < length) this.#spare = new Uint8Array(length * 2)
    const spare = this.#spare
    if (length > SHORT) spare.set(this.out.subarray(start, this.end))
    else for (let at = 0; at < length; at++) spare[at] = this.out[start + at] ?? 0
    const order = this.#ordered(first)
    this.end = start
    for (const at of order) {
      if (this.end > start) this.out[this.end++] = COMMA
      this.#copy(spare, (this.#members[at] ?? 0) - start, (this.#members[at + 2] ?? 0) - start)
    }
  }

  /** Few members are put in their places one by one; `sort`, which keeps the order of equals too, is for many. */
  #ordered(first: number): number[] {
    const order: number[] = []
    for (let at = first; at < this.#open; at += MEMBER) order.push(at)
    if (order.length > 32) return order.sort((a, b) => this.#compare(a, b))
    for (let i = 1; i < order.length; i++) {
      const at = order[i] ?? 0
      let j = i - 1
      while (j >= 0 && this.#compare(order[j] ?? 0, at) > 0) {
        order[j + 1] = order[j] ?? 0
        j--
      }
      order[j + 1] = at
    }
    return order
  }

  /** The closing quote is left out, so that a key comes before those that it begins. */
  #compare(a: number, b: number): number {
    const { out } = this
    const members = this.#members
    const aEnd = (members[a + 1] ?? 0) - 1
    const bEnd = (members[b + 1] ?? 0) - 1
    let i = members[a] ?? 0
    let j = members[b] ?? 0
    while (i < aEnd && j < bEnd) {
      const difference = (out[i++] ?? 0) - (out[j++] ?? 0)
      if (difference !== 0) return difference
    }
    return aEnd - i - (bEnd - j)
  }
}

/** A Buffer's search is several times as fast as that of a plain array. */
const seek = (bytes: Uint8Array, byte: number, from: number): number =>
  Buffer.prototype.indexOf.call(bytes, byte, from)

function parseString(text: string, at: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NotJson(at)
  }
}

/** The canonical form of a whole document, as a copy. */
export function canonicalJson(source: Uint8Array): Uint8Array {
  const canonicalizer = new Canonicalizer(source.length * 2 + 16)
  canonicalizer.write(source, 0, source.length, 0)
  return canonicalizer.out.slice(0, canonicalizer.end)
}
