import { corrupt, truncated } from './repository-error.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A bounded cursor over the bytes of one metadata file. Every read past the end throws `blob_truncated`, so a damaged
 * file can neither loop nor allocate beyond its own size.
 *
 * `littleEndian` rules short, int and long: Lucene up to 8 writes them big-endian, 9 and later little-endian, and the
 * format that wrote the file decides, never the version of the cluster.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly file: string
  readonly end: number
  pos: number
  littleEndian: boolean
  readonly #view: DataView

  constructor(bytes: Uint8Array, file: string, from = 0, end = bytes.length, littleEndian = false) {
    this.bytes = bytes
    this.file = file
    this.pos = from
    this.end = end
    this.littleEndian = littleEndian
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.end - this.pos
  }

  #take(length: number): number {
    if (!(length >= 0 && length <= this.end - this.pos))
      throw truncated(this.file, this.pos + length, this.end)
    const at = this.pos
    this.pos += length
    return at
  }

  skip(length: number): void {
    this.#take(length)
  }

  slice(length: number): Uint8Array {
    const at = this.#take(length)
    return this.bytes.subarray(at, at + length)
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.littleEndian)
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.littleEndian)
  }

  i32be(): number {
    return this.#view.getInt32(this.#take(4), false)
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4), false)
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), this.littleEndian)
  }

  /** A 64-bit integer as a number; beyond 2^53 it cannot be an offset or a count, so it is reported as damage. */
  i64(): number {
    return this.#safe(this.#view.getBigInt64(this.#take(8), this.littleEndian))
  }

  i64be(): number {
    return this.#safe(this.#view.getBigInt64(this.#take(8), false))
  }

  #safe(value: bigint): number {
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)
      throw corrupt(this.file, `the number ${value} at byte ${this.pos - 8} is out of range`)
    return Number(value)
  }

  /** Little-endian groups of 7 bits, at most 5 bytes: Lucene's vInt, read as an unsigned 31-bit number. */
  vint(): number {
    const value = this.#varint(5)
    if (value > 0x7fffffff) throw corrupt(this.file, `the number at byte ${this.pos} is out of range`)
    return value
  }

  /** The same in at most 9 bytes, up to 2^53. */
  vlong(): number {
    return this.#varint(9)
  }

  #varint(maxBytes: number): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < maxBytes; i++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw corrupt(this.file, `the number at byte ${this.pos} is too long`)
  }

  /** vInt length and UTF-8. */
  string(): string {
    return this.text(this.slice(this.vint()))
  }

  text(bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes)
    } catch (cause) {
      throw corrupt(this.file, `the text at byte ${this.pos} is not UTF-8`, { cause })
    }
  }

  /** vInt count of string pairs. */
  map(): Map<string, string> {
    const entries = new Map<string, string>()
    for (let left = this.count(2); left > 0; left--) entries.set(this.string(), this.string())
    return entries
  }

  /** vInt count of strings. */
  strings(): string[] {
    const all: string[] = []
    for (let left = this.count(1); left > 0; left--) all.push(this.string())
    return all
  }

  /** A vInt count of things of at least `bytesEach`, refused when they cannot fit into what is left. */
  count(bytesEach: number): number {
    const count = this.vint()
    if (count * bytesEach > this.remaining)
      throw corrupt(this.file, `${count} entries cannot fit into ${this.remaining} bytes`)
    return count
  }
}
