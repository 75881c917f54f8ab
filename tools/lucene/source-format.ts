/** What the bytes of a `_source` are. Clients may index in four formats, and the engine keeps the bytes as they came. */
export type SourceFormat = 'json' | 'smile' | 'cbor' | 'yaml' | 'unknown' | 'missing'

/** Tells the format from the first bytes, as the engine does. JSON may have white space or a byte order mark before it. */
export function sniffSource(bytes: Uint8Array, start: number, end: number): SourceFormat {
  let at = start
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3
  while (at < end && isSpace(bytes[at])) at++
  if (at >= end) return 'unknown'
  const first = bytes[at] ?? 0
  if (first === 0x7b) return 'json'
  if (first === 0x3a && bytes[at + 1] === 0x29 && bytes[at + 2] === 0x0a) return 'smile'
  if (first === 0x2d && bytes[at + 1] === 0x2d && bytes[at + 2] === 0x2d) return 'yaml'
  // CBOR: a map of known or unknown length, or the tag 55799 that says so.
  if (first >= 0xa0 && first <= 0xbf) return 'cbor'
  if (first === 0xd9 && bytes[at + 1] === 0xd9 && bytes[at + 2] === 0xf7) return 'cbor'
  return 'unknown'
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
