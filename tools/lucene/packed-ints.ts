// The two ways stored fields write an array of small non-negative ints.
import type { ByteReader } from './byte-reader.ts'
import { corrupt } from './repository-error.ts'

/**
 * Lucene up to 8: a vInt of bits per value (0: one vInt for all of them), then a big-endian bit stream.
 * A single value is a plain vInt.
 */
export function readPackedInts(reader: ByteReader, out: Int32Array, count: number): void {
  if (count === 1) {
    out[0] = reader.vint()
    return
  }
  const bits = reader.vint()
  if (bits === 0) {
    out.fill(reader.vint(), 0, count)
    return
  }
  if (bits > 31) throw corrupt(reader.file, `${bits} bits per value cannot be`)
  const bytes = reader.slice(Math.ceil((count * bits) / 8))
  let at = 0
  let held = 0
  let value = 0
  for (let i = 0; i < count; i++) {
    value = 0
    for (let need = bits; need > 0; ) {
      if (held === 0) {
        at++
        held = 8
      }
      const take = Math.min(need, held)
      value = (value << take) | (((bytes[at - 1] ?? 0) >>> (held - take)) & ((1 << take) - 1))
      held -= take
      need -= take
    }
    out[i] = value
  }
}

/**
 * Lucene 9 and later: a byte of 0 (one vInt for all), 8, 16 or 32 bits. Blocks of 128 values are transposed inside
 * little-endian longs, the highest bits first; the rest follow one by one. A single value is a plain vInt.
 */
export function readTransposedInts(reader: ByteReader, out: Int32Array, count: number): void {
  if (count === 1) {
    out[0] = reader.vint()
    return
  }
  const bits = reader.u8()
  if (bits === 0) {
    out.fill(reader.vint(), 0, count)
    return
  }
  if (bits !== 8 && bits !== 16 && bits !== 32) throw corrupt(reader.file, `${bits} bits per value cannot be`)
  const width = bits / 8
  const bytes = reader.slice(count * width)
  const perLong = 8 / width
  const longs = 128 / perLong
  const whole = count - (count % 128)
  for (let block = 0; block < whole; block += 128)
    for (let long = 0; long < longs; long++)
      for (let lane = 0; lane < perLong; lane++)
        out[block + longs * (perLong - 1 - lane) + long] = littleEndian(
          bytes,
          (block + long * perLong + lane) * width,
          width,
        )
  for (let i = whole; i < count; i++) out[i] = littleEndian(bytes, i * width, width)
  for (let i = 0; i < count; i++)
    if ((out[i] ?? 0) < 0) throw corrupt(reader.file, 'a count or length is negative')
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = width - 1; i >= 0; i--) value = (value << 8) | (bytes[at + i] ?? 0)
  return value
}
