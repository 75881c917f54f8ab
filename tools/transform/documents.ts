// Documents in the interpreter: user code sees `item.source` as an object whose members are parsed when it asks for
// them, and what it did not touch is never parsed, never written again.
import type { Lane } from './interpreter.ts'
import { membersOf, withChanges } from './members.ts'
import { losesDigits, mayLoseDigits } from './numbers.ts'
import type { Transform } from './sandbox.ts'

/** What is known of a document beside its source. */
export type Head = { index: string; id: string; type?: string; routing?: string }

/** What became of a document: its id and source now, dropped, or why not. */
export type Result =
  | { kind: 'kept'; id: string; routing?: string; source: string }
  | { kind: 'dropped' }
  | { kind: 'failed'; errorType: string; reason: string }

/** Documents as one text: a line of heads, then all sources one after the other. */
export function packDocuments(documents: readonly (Head & { source: string })[]): string {
  const heads = documents.map(({ source, ...head }) => ({ ...head, length: source.length }))
  return `${JSON.stringify(heads)}\n${documents.map(({ source }) => source).join('')}`
}

export function unpackResults(text: string): Result[] {
  const { line, sources } = unpack<Result & { source?: string; length?: number }>(text)
  return line.map(({ length: _, ...result }, at) =>
    result.kind === 'kept' ? { ...result, source: sources[at] ?? '' } : result,
  )
}

/** Both texts are made here, on either side of the thread. */
function unpack<Head extends { length?: number }>(text: string): { line: Head[]; sources: string[] } {
  const end = text.indexOf('\n')
  const line = JSON.parse(text.slice(0, end)) as Head[]
  let at = end + 1
  const sources = line.map(({ length = 0 }) => {
    at += length
    return text.slice(at - length, at)
  })
  return { line, sources }
}

/** Numbers that a double would change travel as marked strings, wherever user code puts them, and come back as digits. */
const MARK = '\u0001number:'
const marked = /"\\u0001number:(-?[\d.eE+-]+)"/g
const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

function markNumbers(text: string): string {
  if (!mayLoseDigits.test(text)) return text
  return text.replace(token, (found) =>
    found.startsWith('"') || !losesDigits(found) ? found : JSON.stringify(MARK + found),
  )
}

const restoreNumbers = (text: string) => (text.includes('\\u0001number:') ? text.replace(marked, '$1') : text)

/** The one transform of a sandbox for documents: all the user's, over a batch, in one interpreter. */
export function documentTransform(transforms: readonly Transform[]): Transform {
  const codes = JSON.stringify(transforms.map(({ code }) => code))
  const name = transforms.map((each) => each.name).join(', ')
  return { name, code: `(${String(guest)})(${codes}, globalThis.eval)` }
}

/** How a batch goes through the interpreter. */
export const documentLane: Lane = {
  carrier: '(transform, text) => transform(text)',
  argument: (item) => item.slice(0, item.indexOf('\n')),
  answers(item) {
    const { sources } = unpack(item)
    const members = new Map<string, ReturnType<typeof membersOf>>()
    const find = (at: string) => {
      const known = members.get(at)
      if (known !== undefined) return known
      const found = membersOf(sources[Number(at)] ?? '')
      members.set(at, found)
      return found
    }
    return {
      keys: (at = '') => {
        const found = find(at)
        return found ? JSON.stringify([...found.keys()]) : undefined
      },
      member: (at = '', key = '') => {
        const place = find(at)?.get(key)
        if (!place) return undefined
        return markNumbers(sources[Number(at)]?.slice(place.start, place.end) ?? '')
      },
    }
  },
  read(told, item) {
    const { sources } = unpack(item)
    // What the guest below gives.
    const results = JSON.parse(told) as Told[]
    const settled = results.map((result) => settle(result, sources))
    const line = settled.map((result) =>
      result.kind === 'kept' ? { ...result, source: undefined, length: result.source.length } : result,
    )
    const texts = settled.map((result) => (result.kind === 'kept' ? result.source : ''))
    return [`${JSON.stringify(line)}\n${texts.join('')}`]
  },
}

type Made = {
  id: unknown
  routing?: unknown
  /** The document whose source it is, with its changes; or a source of its own. */
  at?: number
  changes?: [string, string | null][]
  source?: string
}
type Told = { error?: string; items?: Made[] }

function settle({ error, items = [] }: Told, sources: readonly string[]): Result {
  if (error !== undefined) return failed('transform_failed', error.slice(0, 1_000))
  const [made] = items
  if (made === undefined) return { kind: 'dropped' }
  if (items.length > 1)
    return failed('transform_result', 'It made several documents of one, which cannot be accounted for')
  const { id, routing, at, changes = [] } = made
  if (typeof id !== 'string' || id === '' || (at === undefined && made.source === undefined))
    return failed('transform_result', 'It returned no item with an id and a source')
  const source = at === undefined ? restoreNumbers(made.source ?? '') : changed(sources[at] ?? '', changes)
  if (source === null) return failed('source_not_json', 'The source is no JSON object')
  return { kind: 'kept', id, ...(typeof routing === 'string' ? { routing } : {}), source }
}

function changed(source: string, changes: [string, string | null][]): string | null {
  if (changes.length === 0) return source
  const members = membersOf(source)
  if (members === null) return null
  const restored = changes.map(([key, text]): [string, string | null] => [key, text && restoreNumbers(text)])
  return withChanges(source, members, new Map(restored))
}

function failed(errorType: string, reason: string): Result {
  return { kind: 'failed', errorType, reason }
}

type Source = Record<string, unknown>
type Item = Record<string, unknown> & { source: unknown }
type State = { at: string; values: Map<string, unknown>; loaded: Set<string>; gone: Set<string> }

/**
 * Runs within the interpreter, from its own text, so it leans on nothing outside. `keys` and `member` are the answers
 * above; they are taken away before user code is evaluated. A document that throws fails alone.
 */
function guest(codes: string[], evaluate: (code: string) => unknown): (text: string) => string {
  const outside = globalThis as unknown as Record<string, (...args: string[]) => string | undefined>
  const { keys, member } = outside
  for (const name of ['keys', 'member']) delete outside[name]
  const { parse, stringify } = JSON
  const states = new WeakMap<object, State>()
  const inherited = Object.prototype as unknown as Record<PropertyKey, unknown>

  const load = (state: State, key: string) => {
    const text = state.gone.has(key) ? undefined : member?.(state.at, key)
    if (text === undefined) return undefined
    const value: unknown = parse(text)
    // An object may be changed from within, so what was handed out is kept.
    if (typeof value === 'object' && value !== null) {
      state.values.set(key, value)
      state.loaded.add(key)
    }
    return { value }
  }
  const own = (state: State, key: PropertyKey) => {
    if (typeof key !== 'string') return undefined
    return state.values.has(key) ? { value: state.values.get(key) } : load(state, key)
  }
  const put = (state: State, key: PropertyKey, value: unknown) => {
    if (typeof key !== 'string') return false
    state.values.set(key, value)
    state.loaded.delete(key)
    state.gone.delete(key)
    return true
  }
  const keysOf = (state: State): string[] => {
    const text = keys?.(state.at)
    if (text === undefined) throw new TypeError('the source is no JSON object')
    const all = new Set<string>(parse(text) as string[])
    for (const key of state.gone) all.delete(key)
    for (const key of state.values.keys()) all.add(key)
    return [...all]
  }
  const handler: ProxyHandler<State> = {
    get: (state, key) => (own(state, key) ?? { value: inherited[key] }).value,
    set: put,
    has: (state, key) => own(state, key) !== undefined || key in inherited,
    deleteProperty: (state, key) => {
      state.values.delete(String(key))
      state.loaded.delete(String(key))
      state.gone.add(String(key))
      return true
    },
    ownKeys: keysOf,
    getOwnPropertyDescriptor: (state, key) => {
      const found = own(state, key)
      return found && { value: found.value, writable: true, enumerable: true, configurable: true }
    },
    defineProperty: (state, key, { value, get, set }) => !get && !set && put(state, key, value),
    getPrototypeOf: () => inherited,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  }
  const sourceOf = (at: number): Source => {
    const state = { at: String(at), values: new Map(), loaded: new Set<string>(), gone: new Set<string>() }
    const source = new Proxy(state, handler) as unknown as Source
    states.set(source, state)
    return source
  }
  const isTouched = (state: State, key: string, text: string) =>
    !state.loaded.has(key) || text !== stringify(parse(member?.(state.at, key) ?? 'null'))
  const changesOf = (state: State) => {
    const changes: [string, string | null][] = [...state.gone].map((key) => [key, null])
    for (const [key, value] of state.values) {
      const text: string | undefined = stringify(value)
      if (text === undefined) changes.push([key, null])
      else if (isTouched(state, key, text)) changes.push([key, text])
    }
    return changes
  }
  const tell = (item: Item | null) => {
    const { id, routing, source } = item ?? ({} as Item)
    const state = typeof source === 'object' && source !== null ? states.get(source) : undefined
    if (state) return { id, routing, at: Number(state.at), changes: changesOf(state) }
    const isObject = typeof source === 'object' && source !== null
    return { id, routing, source: isObject ? stringify(source) : undefined }
  }

  const made = codes.map((code) => {
    const scope = globalThis as unknown as { transform: unknown }
    scope.transform = undefined
    const value = evaluate(code)
    return (typeof value === 'function' ? value : scope.transform) as (item: Item) => Item | Item[] | null
  })
  const pass = (item: Item) => {
    let left = [item]
    for (const each of made)
      left = left.flatMap((one) => {
        const result = each(one)
        if (result === undefined) throw new TypeError('it returned nothing: return the item or null')
        return result === null ? [] : result
      })
    return left
  }
  return (heads) =>
    stringify(
      (parse(heads) as Record<string, unknown>[]).map(({ length: _, ...head }, at) => {
        try {
          return { items: pass({ ...head, source: sourceOf(at) }).map(tell) }
        } catch (error) {
          return { error: String(error) }
        }
      }),
    )
}
