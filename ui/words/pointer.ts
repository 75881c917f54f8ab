// JSON pointers into a draft: what a field reads and writes.
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function keysOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

export function pointerTo(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function getAt(document: unknown, path: string): unknown {
  let here = document
  for (const key of keysOf(path)) {
    if (Array.isArray(here)) here = here[Number(key)]
    else if (isObject(here) && Object.hasOwn(here, key)) here = here[key]
    else return undefined
  }
  return here
}

/** A copy with the value at the path. Undefined removes it, and with it what is left empty above. */
export function setAt(document: Json, path: string, value: unknown): Json {
  return put(document, keysOf(path), value) ?? {}
}

function put(here: unknown, [key, ...rest]: string[], value: unknown): Json | undefined {
  const { ...copy } = isObject(here) ? here : {}
  if (key === undefined) return copy
  const next = rest.length > 0 ? put(copy[key], rest, value) : value
  if (next === undefined) delete copy[key]
  else copy[key] = next
  return Object.keys(copy).length > 0 ? copy : undefined
}

/** The document with its keys in order, as text: equal texts are equal documents. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  )
}
