// What leaves in a log, event or error has its secrets masked, whoever put them there.
const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|authorization|cookie|api_?-?key|credential|private_?key|^sealed$|^code$/i
const URL_USER = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^/\s@]{1,1000}@/gi
const BEARER = /\b(Bearer|Basic|ApiKey|AWS4-HMAC-SHA256)\s+[A-Za-z0-9+/=._~-]{6,}/g

/** A copy in which values under secret-sounding keys, credentials in addresses and authorization headers are masked. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.replace(URL_USER, '$1***@').replace(BEARER, '$1 ***')
  if (typeof value !== 'object' || value === null) return value
  if (depth > 12) return '…'
  if (value instanceof Error) return redactError(value, depth)
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_KEY.test(key) && (typeof entry === 'string' || Array.isArray(entry))
        ? '***'
        : redact(entry, depth + 1),
    ]),
  )
}

/** `code` is the reason of a failure here, and no one-time code. */
function redactError(error: Error, depth: number) {
  const { name, message, stack, cause } = error
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const told = { name, message, stack, ...(cause === undefined ? {} : { cause }) }
  return Object.assign({}, redact(told, depth + 1), code)
}

/** A log line's message and fields, masked. */
export function redactFields(line: { message: string; fields: Record<string, unknown> }) {
  const masked = redact({ message: line.message, fields: line.fields })
  return masked as { message: string; fields: Record<string, unknown> } // redact keeps the shape of what it is given
}
