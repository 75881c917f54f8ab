import type { FieldError } from '../domain/field-error.ts'

export const JSON_DEPTH = 64

/**
 * Looks for what `JSON.parse` would let pass or not explain: bad syntax, too deep nesting, a key that stands twice.
 * Returns the first finding, or undefined where the text is good JSON. Linear in the text.
 */
export function inspectJson(text: string, maxDepth = JSON_DEPTH): FieldError | undefined {
  const open: { keys: Set<string> | null; path: string; index: number }[] = []
  let at = 0
  try {
    JSON.parse(text)
  } catch (error) {
    // The parser's own message quotes the body, which may hold a secret.
    const place = error instanceof Error ? / at position \d+.*$/.exec(error.message)?.[0] : undefined
    return finding('', 'json', `The body is not JSON: bad syntax${place ?? ''}`)
  }
  while (at < text.length) {
    const c = text[at]
    const inside = open.at(-1)
    if (c === '{' || c === '[') {
      if (open.length >= maxDepth)
        return finding(inside?.path ?? '', 'depth', `The body is nested deeper than ${maxDepth}`)
      open.push({ keys: c === '{' ? new Set() : null, path: childPath(inside), index: 0 })
      at += 1
    } else if (c === '}' || c === ']') {
      open.pop()
      at += 1
    } else if (c === '"') {
      const end = endOfString(text, at)
      const next = afterSpace(text, end)
      const raw = text.slice(at, end)
      if (raw.includes('\\u') && !isStorable(String(JSON.parse(raw))))
        return finding(childPath(inside), 'character', 'U+0000 and halves of surrogate pairs cannot be kept')
      if (inside?.keys && text[next] === ':') {
        const key = String(JSON.parse(raw))
        const path = `${inside.path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
        if (inside.keys.has(key))
          return finding(path, 'duplicate_key', `The key ${JSON.stringify(key)} stands twice`)
        inside.keys.add(key)
        lastKey.set(inside, path)
      }
      at = end
    } else {
      if (c === ',' && inside && !inside.keys) inside.index += 1
      at += 1
    }
  }
  return undefined
}

type Open = { keys: Set<string> | null; path: string; index: number }
const lastKey = new WeakMap<Open, string>()

function childPath(parent: Open | undefined): string {
  if (!parent) return ''
  return parent.keys ? (lastKey.get(parent) ?? parent.path) : `${parent.path}/${parent.index}`
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function afterSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1
  return at
}

function finding(path: string, code: string, message: string): FieldError {
  return { path, code, message, hint: null }
}
