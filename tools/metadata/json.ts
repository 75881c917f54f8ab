// JSON as templates and mappings hold it. Integers beyond 2^53 survive: they are kept as raw JSON, which
// `JSON.stringify` writes digit by digit as it was read.
import { createHash } from 'node:crypto'
import { losesDigits, mayLoseDigits } from '../transform/numbers.ts'

export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/** Deeper bodies are refused: no search engine reads them, and every walk here stays far from the stack's end. */
export const maxDepth = 500

type RawJson = {
  rawJSON(text: string): JsonObject
  isRawJSON(value: unknown): boolean
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}

/** The runtime's raw JSON functions (Node 22 and later), which the language library does not yet declare. */
function rawJson(): RawJson {
  return JSON as unknown as RawJson
}

/** What JSON.parse returns is Json by the grammar. */
function asJson(value: unknown): Json {
  return value as Json
}

/** Parses JSON; a number that a double would change is kept as raw JSON. Throws SyntaxError. */
export function parseJson(text: string): Json {
  if (!mayLoseDigits.test(text)) return asJson(JSON.parse(text))
  return asJson(
    rawJson().parse(text, (_key, value, context) =>
      typeof value === 'number' && context.source !== undefined && losesDigits(context.source)
        ? rawJson().rawJSON(context.source)
        : value,
    ),
  )
}

export function toText(value: unknown): string {
  return JSON.stringify(value)
}

export function isRaw(value: unknown): boolean {
  return rawJson().isRawJSON(value)
}

/** Digits to raw JSON: the way back of `rawDigits`. */
export function rawNumber(digits: string): JsonObject {
  return rawJson().rawJSON(digits)
}

/** An object with keys; raw numbers and arrays are leaves. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value)
}

/** The member as an object, or an empty one that is not attached. */
export function objectAt(holder: JsonObject | undefined, key: string): JsonObject {
  const value = holder !== undefined && Object.hasOwn(holder, key) ? holder[key] : undefined
  return isObject(value) ? value : {}
}

export function clone<T extends Json>(value: T): T
export function clone(value: Json): Json {
  if (Array.isArray(value)) return value.map((element) => clone(element))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, clone(member)]))
}

/** Whether a value nests deeper than `limit`; walks without recursion, so it is safe on anything. */
export function isDeeperThan(value: Json, limit: number): boolean {
  const rest: { value: Json; depth: number }[] = [{ value, depth: 0 }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (next.depth > limit) return true
    const depth = next.depth + 1
    if (Array.isArray(next.value)) for (const element of next.value) rest.push({ value: element, depth })
    else if (isObject(next.value))
      for (const member of Object.values(next.value)) rest.push({ value: member, depth })
  }
  return false
}

/** The same members whatever their order; arrays in order. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, at) => equal(element, b[at]))
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
    )
  }
  return isRaw(a) && isRaw(b) && toText(a) === toText(b)
}

export function hashOf(value: Json): string {
  return createHash('sha256').update(toText(value)).digest('hex')
}
