/** A fixed set of document numbers, one bit each. */
export class BitSet {
  readonly size: number
  readonly words: Uint32Array

  constructor(size: number, words = new Uint32Array((size + 31) >>> 5)) {
    this.size = size
    this.words = words
  }

  has(doc: number): boolean {
    return (((this.words[doc >>> 5] ?? 0) >>> (doc & 31)) & 1) === 1
  }

  add(doc: number): void {
    const word = doc >>> 5
    this.words[word] = (this.words[word] ?? 0) | (1 << (doc & 31))
  }

  /** Adds `from` (inclusive) to `to` (exclusive). */
  addRange(from: number, to: number): void {
    for (let doc = from; doc < to; ) {
      if ((doc & 31) === 0 && to - doc >= 32) {
        this.words[doc >>> 5] = 0xffffffff
        doc += 32
      } else this.add(doc++)
    }
  }

  remove(other: BitSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i] = (this.words[i] ?? 0) & ~(other.words[i] ?? 0)
  }

  keep(other: BitSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i] = (this.words[i] ?? 0) & (other.words[i] ?? 0)
  }

  count(): number {
    let total = 0
    for (const word of this.words) total += ones(word)
    return total
  }

  /** How many are in `[from, to)`. */
  countWithin(from: number, to: number): number {
    let total = 0
    for (let doc = from; doc < to; ) {
      if ((doc & 31) === 0 && to - doc >= 32) {
        total += ones(this.words[doc >>> 5] ?? 0)
        doc += 32
      } else if (this.has(doc++)) total++
    }
    return total
  }
}

function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
