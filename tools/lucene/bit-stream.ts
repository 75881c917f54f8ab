/**
 * Reads `bits` (0 to 64) bits at bit position `at`. Big-endian streams fill bytes from the highest bit, little-endian
 * ones (Lucene 9 and later) from the lowest. Bits beyond the end read as 0; callers check the value's sense.
 */
export function readBits(bytes: Uint8Array, at: number, bits: number, littleEndian: boolean): number {
  let value = 0
  let taken = 0
  while (taken < bits) {
    const position = at + taken
    const within = position % 8
    const byte = bytes[Math.floor(position / 8)] ?? 0
    const take = Math.min(bits - taken, 8 - within)
    const mask = 2 ** take - 1
    if (littleEndian) value += ((byte >>> within) & mask) * 2 ** taken
    else value = value * 2 ** take + ((byte >>> (8 - within - take)) & mask)
    taken += take
  }
  return value
}
