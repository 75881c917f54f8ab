// Careful steps into JSON of unknown shape: what is not there is undefined or empty, never an error.

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member of an object, own properties alone, so that `constructor` in a foreign document stays a name. */
export function member(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

export function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : []
}

/** Those that are strings. */
export function strings(values: unknown[]): string[] {
  return values.filter((value) => typeof value === 'string')
}
