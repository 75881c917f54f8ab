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

/** Documents as one text: a line of heads, a line of lengths, then all sources one after the other. */
export function packDocuments(documents: readonly (Head & { source: string })[]): string {
  const heads = documents.map(({ index, id, type, routing }) => ({ index, id, type, routing }))
  return pack(
    heads,
    documents.map(({ source }) => source),
  )
}

/** What became of each document; one that was not changed has the source it came with. */
export function unpackResults(text: string, documents: readonly { source: string }[]): Result[] {
  const { line, sources } = unpack(text)
  // Made below, on the other side of the thread.
  const results = JSON.parse(line) as (Exclude<Result, { kind: 'kept' }> | Kept)[]
  return results.map((result, at) => {
    if (result.kind !== 'kept') return result
    const { same, ...kept } = result
    return { ...kept, source: (same ? documents[at]?.source : sources[at]) ?? '' }
  })
}

type Kept = { kind: 'kept'; id: string; routing?: string; same?: true }

const pack = (line: unknown, texts: readonly string[]) =>
  `${JSON.stringify(line)}\n${texts.map(({ length }) => length).join(' ')}\n${texts.join('')}`

function unpack(text: string): { line: string; sources: string[] } {
  const end = text.indexOf('\n')
  const lengthsEnd = text.indexOf('\n', end + 1)
  const lengths = text.slice(end + 1, lengthsEnd).split(' ')
  let at = lengthsEnd + 1
  const sources = lengths.map((length) => {
    at += Number(length)
    return text.slice(at - Number(length), at)
  })
  return { line: text.slice(0, end), sources }
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
    const results = (JSON.parse(told) as Told[]).map((result, at) => settle(result, sources[at] ?? ''))
    const line = results.map((result): object => {
      if (result.kind !== 'kept') return result
      const { source, ...kept } = result
      return source === null ? { ...kept, same: true } : kept
    })
    return [pack(line, results.map(textOf))]
  },
}

type Made = {
  id: unknown
  routing?: unknown
  /** What became of the members of its own source, or a source of its own. */
  changes?: [string, string | null][]
  source?: string
}
type Told = { error?: string; items?: Made[] }

/** A source of null is the one that went in. */
type Settled =
  | Exclude<Result, { kind: 'kept' }>
  | { kind: 'kept'; id: string; routing?: string; source: string | null }

const textOf = (settled: Settled) => (settled.kind === 'kept' ? (settled.source ?? '') : '')

function settle({ error, items = [] }: Told, source: string): Settled {
  if (error !== undefined) return failed('transform_failed', error.slice(0, 1_000))
  const [made] = items
  if (made === undefined) return { kind: 'dropped' }
  if (items.length > 1)
    return failed('transform_result', 'It made several documents of one, which cannot be accounted for')
  const { id, routing, changes } = made
  if (typeof id !== 'string' || id === '' || (changes === undefined && made.source === undefined))
    return failed('transform_result', 'It returned no item with an id and a source')
  const kept = { kind: 'kept' as const, id, ...(typeof routing === 'string' ? { routing } : {}) }
  if (changes === undefined) return { ...kept, source: restoreNumbers(made.source ?? '') }
  if (changes.length === 0) return { ...kept, source: null }
  const members = membersOf(source)
  if (members === null) return failed('source_not_json', 'The source is no JSON object')
  const restored = changes.map(([key, text]): [string, string | null] => [key, text && restoreNumbers(text)])
  return { ...kept, source: withChanges(source, members, new Map(restored)) }
}

function failed(errorType: string, reason: string) {
  return { kind: 'failed' as const, errorType, reason }
}

type Item = Record<string, unknown> & { source: unknown }
/** Of one source: what was set or looked into, which of it came from the text, and what was deleted. */
type State = {
  at: string
  values: Map<string, unknown>
  loaded: Set<string> | null
  gone: Set<string> | null
}

/**
 * Runs within the interpreter, from its own text, so it leans on nothing outside. `keys` and `member` are the answers
 * above; they are taken away before user code is evaluated. A document that throws fails alone.
 */
function guest(codes: string[], evaluate: (code: string) => unknown): (text: string) => string {
  const outside = globalThis as unknown as Record<string, (...args: string[]) => string | undefined>
  const { keys, member } = outside
  for (const name of ['keys', 'member']) delete outside[name]
  const { parse, stringify } = JSON
  const { isArray } = Array
  const inherited = Object.prototype as unknown as Record<PropertyKey, unknown>

  const load = (state: State, key: string) => {
    const text = state.gone?.has(key) ? undefined : member?.(state.at, key)
    if (text === undefined) return undefined
    const value: unknown = parse(text)
    // An object may be changed from within, so what was handed out is kept.
    if (typeof value === 'object' && value !== null) {
      state.values.set(key, value)
      state.loaded ??= new Set()
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
    state.loaded?.delete(key)
    state.gone?.delete(key)
    return true
  }
  const keysOf = (state: State): string[] => {
    const text = keys?.(state.at)
    if (text === undefined) throw new TypeError('the source is no JSON object')
    const all = new Set<string>(parse(text) as string[])
    for (const key of state.gone ?? []) all.delete(key)
    for (const key of state.values.keys()) all.add(key)
    return [...all]
  }
  const handler: ProxyHandler<State> = {
    get: (state, key) => (own(state, key) ?? { value: inherited[key] }).value,
    set: put,
    has: (state, key) => own(state, key) !== undefined || key in inherited,
    deleteProperty: (state, key) => {
      state.values.delete(String(key))
      state.loaded?.delete(String(key))
      state.gone ??= new Set()
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
  const isTouched = (state: State, key: string, text: string) =>
    !state.loaded?.has(key) || text !== stringify(parse(member?.(state.at, key) ?? 'null'))
  const changesOf = (state: State) => {
    const changes: [string, string | null][] = []
    if (state.gone !== null) for (const key of state.gone) changes.push([key, null])
    if (state.values.size === 0) return changes
    for (const [key, value] of state.values) {
      const text: string | undefined = stringify(value)
      if (text === undefined) changes.push([key, null])
      else if (isTouched(state, key, text)) changes.push([key, text])
    }
    return changes
  }
  /** `mine` is the source that went in, by its state. */
  const tell = (item: Item | null, mine: unknown, state: State) => {
    const { id, routing, source } = item ?? ({} as Item)
    if (source === mine) return { id, routing, changes: changesOf(state) }
    const isObject = typeof source === 'object' && source !== null
    return { id, routing, source: isObject ? stringify(source) : undefined }
  }

  const made = codes.map((code) => {
    const scope = globalThis as unknown as { transform: unknown }
    scope.transform = undefined
    const value = evaluate(code)
    return (typeof value === 'function' ? value : scope.transform) as (item: Item) => Item | Item[] | null
  })
  // Loops, because a call for each document is what costs in an interpreter.
  const pass = (item: Item) => {
    let left = [item]
    for (let at = 0; at < made.length; at++) {
      const next: Item[] = []
      for (let one = 0; one < left.length; one++) {
        const result = made[at]?.(left[one] as Item)
        if (result === undefined) throw new TypeError('it returned nothing: return the item or null')
        if (isArray(result)) next.push(...result)
        else if (result !== null) next.push(result)
      }
      left = next
    }
    return left
  }
  const one = (item: Item, at: number): Told => {
    const state: State = { at: String(at), values: new Map(), loaded: null, gone: null }
    const mine = new Proxy(state, handler)
    item.source = mine
    try {
      const left = pass(item)
      const items: Made[] = []
      for (let each = 0; each < left.length; each++) items.push(tell(left[each] ?? null, mine, state))
      return { items }
    } catch (error) {
      return { error: String(error) }
    }
  }
  return (heads) => stringify((parse(heads) as Item[]).map(one))
}
