// How Elasticsearch and OpenSearch keep a document's id in Lucene.

const UTF8 = 0xff
const NUMERIC = 0xfe
const BASE64_ESCAPE = 0xfd

/**
 * Decodes the stored bytes of `_id` (Elasticsearch 6 and later, all of OpenSearch): the first byte says whether UTF-8
 * or decimal digits follow; otherwise the bytes are those of a base64url id, behind an escape where they need one.
 */
export function decodeId(bytes: Buffer, start: number, end: number): string {
  if (end <= start) return ''
  const first = bytes[start]
  if (first === UTF8) return bytes.toString('utf8', start + 1, end)
  if (first === NUMERIC) return decodeDigits(bytes, start + 1, end)
  return bytes.toString('base64url', first === BASE64_ESCAPE ? start + 1 : start, end)
}

/** Two digits to a byte, high half first; a last low half of 15 is no digit. */
function decodeDigits(bytes: Buffer, start: number, end: number): string {
  let digits = ''
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    digits += byte >>> 4
    if ((byte & 15) !== 15) digits += byte & 15
  }
  return digits
}

/** Splits the stored `_uid` of indexes created before Elasticsearch 6: `type#id`; an id may itself hold `#`. */
export function splitUid(uid: string): { type?: string; id: string } {
  const at = uid.indexOf('#')
  return at < 0 ? { id: uid } : { type: uid.slice(0, at), id: uid.slice(at + 1) }
}
