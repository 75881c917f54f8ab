import { isUuid } from '../domain/session.ts'
import { Problem } from '../problems.ts'

/** A cursor is the sort key of the last row, opaque to the caller. */
export function encodeCursor(key: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(key))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const kinds = {
  integer: (part: unknown) => Number.isSafeInteger(part) && Number(part) >= 0,
  text: (part: unknown) => typeof part === 'string' && !part.includes('\0') && part.isWellFormed(),
  moment: (part: unknown) =>
    typeof part === 'string' &&
    /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/.test(part) &&
    !Number.isNaN(Date.parse(part)),
  uuid: (part: unknown) => typeof part === 'string' && isUuid(part),
}
type Kind = keyof typeof kinds
type Key<Shape extends readonly Kind[]> = { [K in keyof Shape]: Shape[K] extends 'integer' ? number : string }

/** Reads a cursor of the given shape back, or refuses it as bad input: what it holds goes into a query. */
export function decodeCursor<const Shape extends readonly Kind[]>(
  cursor: string | undefined,
  shape: Shape,
): Key<Shape> | undefined {
  if (cursor === undefined) return undefined
  const key = parse(cursor)
  if (Array.isArray(key) && key.length === shape.length && shape.every((kind, i) => kinds[kind](key[i])))
    return key as unknown as Key<Shape> // each part was just checked
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
