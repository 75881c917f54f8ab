/** Postgres holds neither U+0000 nor half a surrogate pair; where a foreign text has one it becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}

/** JSON of a value that jsonb takes, whatever a cluster put into its names and messages. */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value)
  return /\\u(0000|d[89a-f])/.test(json) ? JSON.stringify(mend(JSON.parse(json))) : json
}

function mend(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(mend)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [storableText(key), mend(entry)]))
}
