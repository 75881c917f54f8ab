// The numbers of SMILE that do not fit into a byte.
import type { ByteReader } from '../lucene/byte-reader.ts'
import { corrupt } from '../lucene/repository-error.ts'

/** Big-endian groups of 7 bits; the last byte has its high bit set and holds 6. At most 10 bytes. */
export function readBigVint(reader: ByteReader): bigint {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = reader.u8()
    if (byte >= 0x80) return (value << 6n) | BigInt(byte & 0x3f)
    value = (value << 7n) | BigInt(byte)
  }
  throw corrupt(reader.file, `the number before byte ${reader.pos} is too long`)
}

/** A length. */
export function readVint(reader: ByteReader): number {
  const value = readBigVint(reader)
  if (value > 0x7fffffffn) throw corrupt(reader.file, `the length ${value} is out of range`)
  return Number(value)
}

export function readZigzag(reader: ByteReader): bigint {
  const value = readBigVint(reader)
  return (value >> 1n) ^ -(value & 1n)
}

/** vInt length, then the bytes as a stream of 7-bit groups; the last group holds what is left, at its low end. */
export function readSevenBitBinary(reader: ByteReader): Uint8Array {
  const length = readVint(reader)
  const groups = Math.ceil((length * 8) / 7)
  const packed = reader.slice(groups)
  const bytes = new Uint8Array(length)
  let value = 0
  let held = 0
  let at = 0
  for (let i = 0; i < groups; i++) {
    const last = i === groups - 1
    const width = last ? length * 8 - 7 * (groups - 1) : 7
    value = ((value << width) | ((packed[i] ?? 0) & ((1 << width) - 1))) & 0x7fff
    held += width
    if (held >= 8) {
      held -= 8
      bytes[at++] = value >>> held
    }
  }
  return bytes
}

/** Two's complement, highest byte first. */
export function readBigInteger(reader: ByteReader): bigint {
  const bytes = readSevenBitBinary(reader)
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

/** Scale and unscaled value, as decimal text: a number would lose digits. */
export function readBigDecimal(reader: ByteReader): string {
  const scale = readZigzag(reader)
  return `${readBigInteger(reader)}e${-scale}`
}
