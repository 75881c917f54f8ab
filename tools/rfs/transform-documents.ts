// Passes documents through the user's own JavaScript, a hundred at a time, and keeps every number they did not touch.
import type { UserTransform } from '../../shared/domain/metadata.ts'
import { isRaw, type Json, parseJson, rawNumber } from '../metadata/json.ts'
import { openSandbox, type Sandbox } from '../transform/sandbox.ts'

export const TRANSFORM_BATCH = 100

export type DocumentItem = { index: string; id: string; type?: string; routing?: string; source: string }

/** What became of a document: changed, dropped by the user, or why the transform failed on it. */
export type Transformed =
  | { kind: 'kept'; id: string; routing?: string; source: Buffer }
  | { kind: 'dropped' }
  | { kind: 'failed'; errorType: string; reason: string }

export interface DocumentTransform {
  apply(documents: readonly DocumentItem[]): Promise<Transformed[]>
  close(): Promise<void>
}

/** Numbers a double cannot hold travel as marked strings, and come back digit by digit. */
const MARK = '\u0001number:'

/**
 * Runs all transforms over all documents of a batch within one interpreter: starting one for each document would cost
 * more than the documents. A document that throws fails alone.
 */
function batchCode(transforms: readonly UserTransform[]): string {
  const codes = JSON.stringify(transforms.map(({ code }) => code))
  return `(() => {
    const evaluate = globalThis.eval
    const made = ${codes}.map((code) => {
      globalThis.transform = undefined
      const value = evaluate(code)
      return typeof value === 'function' ? value : globalThis.transform
    })
    return (batch) => ({ results: batch.items.map((item) => {
      try {
        let left = [item]
        for (const each of made) left = left.flatMap((one) => {
          const result = each(one)
          if (result === undefined) throw new TypeError('it returned nothing: return the item or null')
          return result === null ? [] : result
        })
        return { items: left }
      } catch (error) {
        return { error: String(error) }
      }
    }) })
  })()`
}

export function openTransform(transforms: readonly UserTransform[]): DocumentTransform | null {
  if (transforms.length === 0) return null
  const name = transforms.map((each) => each.name).join(', ')
  const sandbox = openSandbox([{ name, code: batchCode(transforms) }], {
    timeMs: 10_000,
    memoryBytes: 128 * 1024 * 1024,
  })
  return {
    apply: (documents) => applyAll(sandbox, documents),
    close: () => sandbox.close(),
  }
}

async function applyAll(sandbox: Sandbox, documents: readonly DocumentItem[]): Promise<Transformed[]> {
  const parsed = documents.map(parse)
  const good = parsed.filter((each) => 'item' in each)
  const results = await run(
    sandbox,
    good.map(({ item }) => item),
  )
  let next = 0
  return parsed.map((each) => {
    if ('item' in each) return results[next++] ?? failed('transform_failed', 'It gave no result')
    return each
  })
}

type Parsed = { item: string } | Extract<Transformed, { kind: 'failed' }>

function parse({ source, ...rest }: DocumentItem): Parsed {
  try {
    const document = parseJson(source)
    const text = JSON.stringify({ ...rest, source: document }, (_key, value: unknown) =>
      isRaw(value) ? `${MARK}${JSON.stringify(value)}` : value,
    )
    return { item: text }
  } catch (error) {
    return failed('source_not_json', error instanceof Error ? error.message : String(error))
  }
}

async function run(sandbox: Sandbox, items: readonly string[]): Promise<Transformed[]> {
  if (items.length === 0) return []
  const [outcome] = await sandbox.apply([`{"items":[${items.join(',')}]}`])
  if (outcome?.ok) return readResults(outcome.texts[0] ?? '', items.length)
  // One document that hangs or fills the memory takes the batch with it: find it.
  if (items.length > 1) {
    const half = items.length >> 1
    return [...(await run(sandbox, items.slice(0, half))), ...(await run(sandbox, items.slice(half)))]
  }
  return [failed('transform_failed', outcome?.message ?? 'It ended without a result')]
}

function readResults(text: string, count: number): Transformed[] {
  const { results } = restore(text)
  if (!Array.isArray(results) || results.length !== count)
    throw new TypeError('the sandbox gave another number of results')
  return results.map(readResult)
}

function readResult(result: { items?: Json[]; error?: string }): Transformed {
  if (result.error !== undefined) return failed('transform_failed', result.error.slice(0, 1_000))
  const items = result.items ?? []
  const [item] = items
  if (item === undefined) return { kind: 'dropped' }
  if (items.length > 1)
    return failed('transform_result', 'It made several documents of one, which cannot be accounted for')
  if (!isItem(item)) return failed('transform_result', 'It returned no item with an id and a source')
  const { id, routing, source } = item
  const bytes = Buffer.from(JSON.stringify(source))
  return { kind: 'kept', id, ...(typeof routing === 'string' ? { routing } : {}), source: bytes }
}

type Item = { id: string; routing?: Json; source: Json }

function isItem(value: Json): value is Item {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { id, source } = value
  return typeof id === 'string' && id !== '' && typeof source === 'object' && source !== null
}

/** The reviver turns marked strings back; the shape is that of `batchCode`. */
function restore(text: string): { results?: { items?: Json[]; error?: string }[] } {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) && /^-?[\d.eE+-]+$/.test(value.slice(MARK.length))
      ? rawNumber(value.slice(MARK.length))
      : value,
  )
}

function failed(errorType: string, reason: string): Extract<Transformed, { kind: 'failed' }> {
  return { kind: 'failed', errorType, reason }
}
