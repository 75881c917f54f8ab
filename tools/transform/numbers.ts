/** Text of JSON with a number in it that a double may not hold; for a quick look. */
export const mayLoseDigits = /\d{16}|[eE][+-]?\d{3}/

/** Whether a double would change this number of JSON: an integer of other digits, more than 17 that count, too large. */
export function losesDigits(number: string): boolean {
  const value = Number(number)
  if (!Number.isFinite(value)) return true
  if (/^-?\d+$/.test(number)) return BigInt(number) !== BigInt(value)
  return significant(number) > 17
}

function significant(number: string): number {
  return number
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '').length
}
