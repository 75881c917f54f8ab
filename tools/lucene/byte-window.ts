import { crc32 } from 'node:zlib'
import { checkFooter, FOOTER_LENGTH, type LuceneFile } from './lucene-file.ts'
import { corrupt, throwIfStopped, truncated } from './repository-error.ts'

type Options = {
  from: number
  /** Exclusive; reading never goes beyond it. */
  to: number
  /** Compute the CRC-32 of what passes; only meaningful when `from` is 0. */
  checksum: boolean
  signal?: AbortSignal
}

/**
 * A moving window over a file read once, front to back, with the next requests already under way. Memory is what
 * `ensure` was asked for, plus `readSize * (readAhead + 1)`, whatever the length of the file.
 *
 * Parsers work on `bytes` from `pos` to `end` directly, after `ensure`, which may move both.
 */
export class ByteWindow {
  readonly file: LuceneFile
  bytes: Uint8Array
  pos = 0
  end = 0
  readonly #options: Options
  readonly #ahead: Promise<Uint8Array>[] = []
  #requested: number
  #received: number
  #crc = 0

  constructor(file: LuceneFile, options: Options) {
    this.file = file
    this.#options = options
    this.#requested = options.from
    this.#received = options.from
    this.bytes = new Uint8Array(Math.min(file.readSize * 2, Math.max(64, options.to - options.from)))
  }

  /** Offset in the file of the byte at `pos`. */
  get offset(): number {
    return this.#received - (this.end - this.pos)
  }

  /** Bytes from `pos` to the end of the range, loaded or not. */
  get remaining(): number {
    return this.#options.to - this.offset
  }

  /** Loads until `length` bytes can be read at `pos`. Throws `blob_truncated` where the range ends before. */
  async ensure(length: number): Promise<void> {
    if (this.end - this.pos >= length) return
    if (length > this.remaining)
      throw truncated(this.file.name, this.offset + length, this.offset + this.remaining)
    await this.#load(length)
  }

  /** Loads up to `length` bytes, fewer at the end of the range. */
  async ensureUpTo(length: number): Promise<void> {
    if (this.end - this.pos < length) await this.#load(Math.min(length, this.remaining))
  }

  /** A vInt; Lucene's 7-bit groups, at most 31 bits here. */
  async vint(): Promise<number> {
    await this.ensureUpTo(5)
    return this.vintHere()
  }

  /** The same of bytes that are loaded already. */
  vintHere(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.pos >= this.end) throw truncated(this.file.name, this.offset + 1, this.offset)
      const byte = this.bytes[this.pos++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0x7fffffff) break
        return value
      }
    }
    throw corrupt(this.file.name, `the number before byte ${this.offset} is out of range`)
  }

  /** Reads to the footer and checks it against everything that passed since byte 0. */
  async verify(): Promise<void> {
    while (this.remaining > FOOTER_LENGTH) {
      if (this.pos === this.end) await this.#load(1)
      this.pos += Math.min(this.end - this.pos, this.remaining - FOOTER_LENGTH)
    }
    await this.ensure(FOOTER_LENGTH)
    checkFooter(this.file, this.bytes.subarray(this.pos, this.pos + FOOTER_LENGTH), this.#crc)
  }

  /** Waits for requests that are still under way, so that none outlives its reader. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#ahead.splice(0))
  }

  async #load(length: number): Promise<void> {
    while (this.end - this.pos < length) {
      this.#request(length)
      const part = await this.#ahead.shift()
      throwIfStopped(this.#options.signal)
      if (!part || part.length === 0) throw truncated(this.file.name, this.offset + length, this.#received)
      this.#append(part, length)
      this.file.free?.(part)
    }
  }

  /** Keeps `readAhead` requests under way, one beyond what is being waited for. */
  #request(length: number): void {
    const { to, signal } = this.#options
    const wanted = Math.max(this.file.readAhead, 1)
    while (this.#ahead.length < wanted && this.#requested < to) {
      throwIfStopped(signal)
      const size = Math.min(this.file.readSize, to - this.#requested)
      const part = this.file.read(this.#requested, size, signal)
      part.catch(() => {}) // reported where it is awaited; until then it must not count as unhandled
      this.#ahead.push(part)
      this.#requested += size
      if (this.#requested - this.#received >= length && this.#ahead.length >= wanted) break
    }
  }

  #append(part: Uint8Array, length: number): void {
    this.#makeRoom(part.length, length)
    this.bytes.set(part, this.end)
    this.end += part.length
    if (this.#options.checksum) {
      const covered = Math.min(part.length, this.file.length - 8 - this.#received)
      if (covered > 0) this.#crc = crc32(part.subarray(0, covered), this.#crc)
    }
    this.#received += part.length
  }

  #makeRoom(more: number, length: number): void {
    if (this.end + more <= this.bytes.length) return
    const kept = this.end - this.pos
    const needed = Math.max(kept + more, length + this.file.readSize)
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(needed)
      larger.set(this.bytes.subarray(this.pos, this.end))
      this.bytes = larger
    } else this.bytes.copyWithin(0, this.pos, this.end)
    this.pos = 0
    this.end = kept
  }
}
