// A digest of many documents that does not depend on their order: per bucket of ids, how many there are, and the sum
// modulo 2^256 of the SHA-256 of each. Equal digests mean equal documents; a bucket that differs says where to look.
import { hash } from 'node:crypto'
import type { DocumentId } from './document-id.ts'
import { FastCanonicalizer } from './fast-canonical.ts'

export const BUCKETS = 256
const LIMBS = 8
/** Bytes of one bucket when encoded: count and sum, both big-endian. */
const BUCKET_BYTES = 8 + 32

/** Counts and sums of all buckets. */
export class Digest {
  readonly #counts = new Float64Array(BUCKETS)
  /** Least significant limb first. */
  readonly #sums = new Uint32Array(BUCKETS * LIMBS)

  /** `sha256`: as `DocumentHasher` gives it. */
  add(bucket: number, sha256: string): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    let carry = 0
    for (let limb = 0; limb < LIMBS; limb++) {
      const at = 28 - limb * 4
      const high = (sha256.charCodeAt(at) << 8) | sha256.charCodeAt(at + 1)
      const low = (sha256.charCodeAt(at + 2) << 8) | sha256.charCodeAt(at + 3)
      carry = this.#carry(bucket * LIMBS + limb, high * 0x10000 + low + carry)
    }
  }

  merge(other: Digest): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] = this.count(bucket) + other.count(bucket)
      let carry = 0
      for (let limb = 0; limb < LIMBS; limb++) {
        const at = bucket * LIMBS + limb
        carry = this.#carry(at, (other.#sums[at] ?? 0) + carry)
      }
    }
  }

  #carry(at: number, word: number): number {
    const sum = (this.#sums[at] ?? 0) + word
    this.#sums[at] = sum
    return sum > 0xffffffff ? 1 : 0
  }

  count(bucket: number): number {
    return this.#counts[bucket] ?? 0
  }

  get documents(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  /** Hexadecimal, 64 digits. */
  sum(bucket: number): string {
    let text = ''
    for (let limb = LIMBS - 1; limb >= 0; limb--)
      text += (this.#sums[bucket * LIMBS + limb] ?? 0).toString(16).padStart(8, '0')
    return text
  }

  /** Of all buckets together, hexadecimal. */
  get total(): string {
    let sum = 0n
    for (let bucket = 0; bucket < BUCKETS; bucket++) sum += BigInt(`0x${this.sum(bucket)}`)
    return (sum & ((1n << 256n) - 1n)).toString(16).padStart(64, '0')
  }

  /** Buckets in which the two are not the same. */
  differing(other: Digest): number[] {
    const buckets: number[] = []
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      if (this.count(bucket) !== other.count(bucket) || this.sum(bucket) !== other.sum(bucket))
        buckets.push(bucket)
    return buckets
  }

  encode(): string {
    const bytes = Buffer.alloc(BUCKETS * BUCKET_BYTES)
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      bytes.writeBigUInt64BE(BigInt(this.count(bucket)), bucket * BUCKET_BYTES)
      bytes.write(this.sum(bucket), bucket * BUCKET_BYTES + 8, 'hex')
    }
    return bytes.toString('base64')
  }

  /** Throws where the text is not what `encode` gave. */
  static decode(text: string): Digest {
    const bytes = Buffer.from(text, 'base64')
    if (bytes.length !== BUCKETS * BUCKET_BYTES) throw new TypeError('not a digest')
    const digest = new Digest()
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const at = bucket * BUCKET_BYTES
      digest.#counts[bucket] = Number(bytes.readBigUInt64BE(at))
      for (let limb = 0; limb < LIMBS; limb++)
        digest.#sums[bucket * LIMBS + limb] = bytes.readUInt32BE(at + 8 + 28 - limb * 4)
    }
    return digest
  }
}

/** Room before the source for the lengths, the id (512 bytes at most) and the routing. */
const HEAD = 4_096
const ABSENT = 0xffffffff

/** Where the canonical form of a source goes, so that lengths, id and routing fit before it. */
export const SOURCE_PLACE = HEAD

/**
 * SHA-256 of a document: length and bytes of its id, of its routing, and of its canonical source, each length a
 * big-endian word. An absent routing has the length 2^32-1. Holds one document at a time. A hash is a string of 32
 * characters, one for each byte: it is made in half the time of a buffer.
 */
export class DocumentHasher {
  readonly canonical = new FastCanonicalizer()
  readonly #encoder = new TextEncoder()

  /** Of a source that is whole in `source`; throws `NotJson`. */
  hash(id: DocumentId, routing: string | undefined, source: Uint8Array): string {
    const { canonical } = this
    canonical.write(source, 0, source.length, SOURCE_PLACE)
    return this.finish(id, routing)
  }

  /** Of the source that `canonical` wrote last, at `SOURCE_PLACE`. */
  finish(id: DocumentId, routing: string | undefined): string {
    const { out, end } = this.canonical
    const routingBytes = routing === undefined ? null : this.#encoder.encode(routing)
    const head = 12 + id.length + (routingBytes?.length ?? 0)
    if (head > HEAD) return this.#finishLong(id, routingBytes)
    const start = HEAD - head
    writeHead(out, start, id, routingBytes, end - HEAD)
    return hash('sha256', out.subarray(start, end), 'binary')
  }

  #finishLong(id: DocumentId, routing: Uint8Array | null): string {
    const { out, end } = this.canonical
    const head = new Uint8Array(12 + id.length + (routing?.length ?? 0))
    writeHead(head, 0, id, routing, end - HEAD)
    return hash('sha256', Buffer.concat([head, out.subarray(HEAD, end)]), 'binary')
  }
}

function writeHead(
  out: Uint8Array,
  start: number,
  { bytes, length }: DocumentId,
  routing: Uint8Array | null,
  sourceLength: number,
): void {
  let at = writeWord(out, start, length)
  for (let from = 0; from < length; from++) out[at++] = bytes[from] ?? 0
  at = writeWord(out, at, routing?.length ?? ABSENT)
  if (routing !== null) out.set(routing, at)
  writeWord(out, at + (routing?.length ?? 0), sourceLength)
}

function writeWord(out: Uint8Array, at: number, word: number): number {
  out[at] = word >>> 24
  out[at + 1] = (word >>> 16) & 0xff
  out[at + 2] = (word >>> 8) & 0xff
  out[at + 3] = word & 0xff
  return at + 4
}
