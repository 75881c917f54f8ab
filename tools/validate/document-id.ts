// The id of one document at a time, as UTF-8, in memory that is used again: a new array for each costs more than its hash.

const encoder = new TextEncoder()

export class DocumentId {
  bytes = new Uint8Array(512)
  /** Of the id, in bytes. */
  length = 0

  static of(text: string): DocumentId {
    const id = new DocumentId()
    id.write(text)
    return id
  }

  write(text: string): void {
    this.#makeRoom(text.length * 3)
    const { bytes } = this
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code > 0x7f) {
        this.length = encoder.encodeInto(text, bytes).written
        return
      }
      bytes[at] = code
    }
    this.length = text.length
  }

  copy(source: Uint8Array, from: number, to: number): void {
    this.#makeRoom(to - from)
    for (let at = from; at < to; at++) this.bytes[at - from] = source[at] ?? 0
    this.length = to - from
  }

  toString(): string {
    return Buffer.from(this.bytes.buffer, 0, this.length).toString('utf8')
  }

  #makeRoom(length: number): void {
    if (length > this.bytes.length) this.bytes = new Uint8Array(length)
  }
}

/** Which of the digest's buckets an id belongs to: the high byte of FNV-1a, mixed as MurmurHash3 ends. */
export function bucketOf({ bytes, length }: DocumentId): number {
  let h = 0x811c9dc5
  for (let i = 0; i < length; i++) h = Math.imul(h ^ (bytes[i] ?? 0), 0x01000193)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 24
}
