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

/** Members of the objects that are open: where key and value begin and end in what was written. */
type Member = { from: number; keyEnd: number; to: number }

export class Canonicalizer {
  /** What was written last; valid to `end` until the next call. */
  out: Uint8Array
  end = 0
  #source: Uint8Array = new Uint8Array(0)
  #at = 0
  #to = 0
  #spare: Uint8Array = new Uint8Array(1 << 16)

  constructor(bytes = 1 << 16) {
    this.out = new Uint8Array(bytes)
  }

  /**
   * Writes the canonical form of the value at `from` into `out`, beginning at `place`, and returns where the value ends
   * in `source`. Throws `NotJson`.
   */
  write(source: Uint8Array, from: number, to: number, place: number): number {
    this.#source = source
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
    const { out } = this
    const source = this.#source
    const start = this.#at
    let at = start + 1
    let end = this.end
    out[end++] = QUOTE
    while (at < this.#to) {
      const byte = source[at++] ?? 0
      if (byte === BACKSLASH) {
        this.#escaped(start)
        return
      }
      out[end++] = byte
      if (byte === QUOTE) {
        this.#at = at
        this.end = end
        return
      }
    }
    throw new NotJson(start)
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
    if (this.#source[this.#at] !== CLOSE_OBJECT) this.#members(depth)
    this.#at++
    this.out[this.end++] = CLOSE_OBJECT
  }

  #members(depth: number): void {
    const members: Member[] = []
    const start = this.end
    let sorted = true
    for (;;) {
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
      const member = { from, keyEnd, to: this.end }
      const last = members.at(-1)
      if (sorted && last !== undefined && this.#compare(last, member) > 0) sorted = false
      members.push(member)
      this.#skipSpace()
      const next = this.#source[this.#at]
      if (next === CLOSE_OBJECT) break
      if (next !== COMMA) throw new NotJson(this.#at)
      this.#at++
      this.out[this.end++] = COMMA
    }
    if (!sorted) this.#sort(members, start)
  }

  /** By the bytes of the key; keys that are equal keep their order, which `sort` promises. */
  #sort(members: Member[], start: number): void {
    const length = this.end - start
    if (this.#spare.length < length) this.#spare = new Uint8Array(length * 2)
    let at = 0
    for (const { from, to } of members.sort((a, b) => this.#compare(a, b))) {
      if (at > 0) this.#spare[at++] = COMMA
      this.#spare.set(this.out.subarray(from, to), at)
      at += to - from
    }
    this.out.set(this.#spare.subarray(0, length), start)
  }

  /** The closing quote is left out, so that a key comes before those that it begins. */
  #compare(a: Member, b: Member): number {
    const { out } = this
    const [aEnd, bEnd] = [a.keyEnd - 1, b.keyEnd - 1]
    let [i, j] = [a.from, b.from]
    while (i < aEnd && j < bEnd) {
      const difference = (out[i++] ?? 0) - (out[j++] ?? 0)
      if (difference !== 0) return difference
    }
    return aEnd - i - (bEnd - j)
  }
}

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
