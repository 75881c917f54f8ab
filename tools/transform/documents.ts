// Documents in the interpreter: user code sees `item.source` as an object whose members are parsed when it asks for
// them, and what it did not touch is never parsed, never written again.
import type { Lane } from './interpreter.ts'
import { decodeText, encodeText, membersOf, textOfBytes, withChanges } from './members.ts'
import { losesDigits, mayLoseDigits } from './numbers.ts'
import type { Transform } from './sandbox.ts'

/** What is known of a document beside its source. */
export type Head = { index: string; id: string; type?: string; routing?: string }

/** What became of a document: its id and source now, dropped, or why not. */
export type Result =
  | { kind: 'kept'; id: string; routing?: string; source: Uint8Array }
  | { kind: 'dropped' }
  | { kind: 'failed'; errorType: string; reason: string }

/** A batch as it goes from thread to thread: what is known of each as JSON, and all sources one after the other. */
export type Packed = { heads: string; lengths: Uint32Array; bytes: Uint8Array }

export function packDocuments(documents: readonly (Head & { source: Uint8Array })[]): Packed {
  const heads = documents.map(({ index, id, type, routing }) => ({ index, id, type, routing }))
  const lengths = Uint32Array.from(documents, ({ source }) => source.length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const { source } of documents) {
    bytes.set(source, at)
    at += source.length
  }
  return { heads: JSON.stringify(heads), lengths, bytes }
}

/** What became of each document, its source a view; one that was not changed has the source it came with. */
export function unpackResults(packed: Packed, documents: readonly { source: Uint8Array }[]): Result[] {
  // Made below, on the other side of the thread.
  const results = JSON.parse(packed.heads) as (Exclude<Result, { kind: 'kept' }> | Kept)[]
  const sources = sourcesOf(packed)
  return results.map((result, at) => {
    if (result.kind !== 'kept') return result
    const { same, ...kept } = result
    return { ...kept, source: (same ? documents[at]?.source : sources[at]) ?? new Uint8Array(0) }
  })
}

type Kept = { kind: 'kept'; id: string; routing?: string; same?: true }

function sourcesOf({ lengths, bytes }: Packed): Uint8Array[] {
  let at = 0
  return Array.from(lengths, (length) => {
    at += length
    return bytes.subarray(at - length, at)
  })
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
export const documentLane: Lane<Packed> = {
  carrier: '(transform, text) => transform(text)',
  take(packed) {
    const documents = sourcesOf(packed).map((bytes) => new Opened(textOfBytes(bytes)))
    const at = (place = '') => documents[Number(place)]
    return {
      argument: packed.heads,
      answers: {
        keys: (place) => {
          const members = at(place)?.members
          return members ? JSON.stringify([...members.keys()]) : undefined
        },
        member: (place, key = '') => at(place)?.member(key),
      },
      read: (told) => [packResults(JSON.parse(told) as Told[], documents)], // what the guest below gives
    }
  },
}

/** A source whose members are found when the first is asked for. */
class Opened {
  readonly text: string
  #members: ReturnType<typeof membersOf> | undefined

  constructor(text: string) {
    this.text = text
  }

  /** Null where it is no object. */
  get members() {
    this.#members ??= membersOf(this.text)
    return this.#members
  }

  member(key: string): string | undefined {
    const place = this.members?.get(key)
    return place && markNumbers(decodeText(this.text.slice(place.start, place.end)))
  }
}

function packResults(told: Told[], documents: Opened[]): Packed {
  const results = told.map((result, at) => settle(result, documents[at] ?? new Opened('')))
  const texts = results.map((settled) => (settled.kind === 'kept' ? (settled.source ?? '') : ''))
  const lengths = Uint32Array.from(texts, ({ length }) => length)
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const text of texts) at += bytes.write(text, at, 'latin1')
  const heads = results.map((result): object => {
    if (result.kind !== 'kept') return result
    const { source, ...kept } = result
    return source === null ? { ...kept, same: true } : kept
  })
  return { heads: JSON.stringify(heads), lengths, bytes }
}

type Made = {
  id: unknown
  routing?: unknown
  /** What became of the members of its own source, or a source of its own. */
  changes?: [string, string | null][]
  source?: string
}
type Told = { error?: string; items?: Made[] }

/** The source as a text of bytes; null is the one that went in. */
type Settled =
  | Exclude<Result, { kind: 'kept' }>
  | { kind: 'kept'; id: string; routing?: string; source: string | null }

function settle({ error, items = [] }: Told, document: Opened): Settled {
  if (error !== undefined) return failed('transform_failed', error.slice(0, 1_000))
  const [made] = items
  if (made === undefined) return { kind: 'dropped' }
  if (items.length > 1)
    return failed('transform_result', 'It made several documents of one, which cannot be accounted for')
  const { id, routing, changes } = made
  if (typeof id !== 'string' || id === '' || (changes === undefined && made.source === undefined))
    return failed('transform_result', 'It returned no item with an id and a source')
  const kept = { kind: 'kept' as const, id, ...(typeof routing === 'string' ? { routing } : {}) }
  if (changes === undefined) return { ...kept, source: encodeText(restoreNumbers(made.source ?? '')) }
  if (changes.length === 0) return { ...kept, source: null }
  const { members, text } = document
  if (members === null) return failed('source_not_json', 'The source is no JSON object')
  const restored = changes.map(([key, value]): [string, string | null] => [
    key,
    value && restoreNumbers(value),
  ])
  return { ...kept, source: withChanges(text, members, new Map(restored)) }
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
