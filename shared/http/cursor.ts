import { Problem } from '../problems.ts'

/** A cursor is the sort key of the last row, opaque to the caller. */
export function encodeCursor(key: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(key))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Reads a cursor of the given shape back, or refuses it as bad input. */
export function decodeCursor<const Shape extends readonly ('string' | 'number')[]>(
  cursor: string | undefined,
  shape: Shape,
): { [K in keyof Shape]: Shape[K] extends 'string' ? string : number } | undefined {
  if (cursor === undefined) return undefined
  const key = parse(cursor)
  if (Array.isArray(key) && key.length === shape.length && shape.every((type, i) => typeof key[i] === type))
    return key as { [K in keyof Shape]: Shape[K] extends 'string' ? string : number } // each type was just checked
  throw new Problem('invalid_input', 'The cursor is not one that this list gave', {
    errors: [
      { path: '/cursor', code: 'cursor', message: 'Expected the `next` of an earlier page', hint: null },
    ],
  })
}

function parse(cursor: string): unknown {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))))
  } catch {
    return undefined
  }
}

/** Cuts the one row too many that tells whether there is a next page. */
export function paged<Row>(rows: Row[], limit: number, key: (row: Row) => readonly (string | number)[]) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null }
}
