// What leaves in a log, event or error has its secrets masked, whoever put them there.
const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|authorization|cookie|api_?-?key|credential|private_?key|^sealed$|^code$/i
const URL_USER = /\b([a-z][a-z0-9+.-]*:\/\/)[^/\s:@]+:[^/\s@]+@/gi
const BEARER = /\b(Bearer|Basic|ApiKey|AWS4-HMAC-SHA256)\s+[A-Za-z0-9+/=._~-]{6,}/g

/** A copy in which values under secret-sounding keys, credentials in addresses and authorization headers are masked. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(URL_USER, '$1***@').replace(BEARER, '$1 ***')
  if (typeof value !== 'object' || value === null) return value
  if (depth > 12) return '…'
  if (value instanceof Error)
    return redact({ name: value.name, message: value.message, stack: value.stack }, depth + 1)
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_KEY.test(key) && typeof entry === 'string' && key !== 'tokenId'
        ? '***'
        : redact(entry, depth + 1),
    ]),
  )
}

/** A log line's message and fields, masked. */
export function redactFields(line: { message: string; fields: Record<string, unknown> }) {
  const masked = redact({ message: line.message, fields: line.fields })
  return masked as { message: string; fields: Record<string, unknown> } // redact keeps the shape of what it is given
}
