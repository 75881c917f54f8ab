// An index of many documents that is moved whole, and what may happen to it on the target afterwards.
import type { Rig } from '../rigs/engines.ts'
import { ask, type Document, noise, openEngine, TruthIndex } from '../tools/snapshot/source-engine.ts'

/** As many as are promised where time is meant to be spent, see `hasTime`. */
export const count = Number(
  process.env.MA_TEST_FAULT_DOCUMENTS || (process.env.MA_TEST_LONG === '1' ? 50_000 : 5_000),
)

/** How long a comparison of them may take on a machine that is busy. */
export const patienceMs = 240_000 + count

const analysis = (filter: string[]) => ({
  analyzer: { mine: { type: 'custom', tokenizer: 'standard', filter } },
})
const properties = { n: { type: 'long' }, text: { type: 'text', analyzer: 'mine' }, one: { type: 'double' } }

/** Numbers that a parser would change, nested members, and routing for every fifth. */
export function aDocument(i: number): Document {
  const text = noise(i + 1, 120 + (i % 200))
  const body = `{"n":${i},"one":1.0,"big":9007199254740993,"text":"${text}","o":{"y":[1,2.50],"x":"é"}}`
  return { id: `id-${i}`, body, ...(i % 5 === 0 ? { routing: `r/${i % 7}` } : {}) }
}

export async function fillFaultIndex(rig: Rig, name: string): Promise<void> {
  const source = new TruthIndex(await openEngine(rig), name)
  await source.create({ number_of_shards: 3, analysis: analysis(['lowercase']) }, properties, {
    dynamic: false,
  })
  for (let at = 0; at < count; at += 2_000)
    await source.bulk(Array.from({ length: Math.min(2_000, count - at) }, (_, i) => aDocument(at + i)))
  await ask(rig.url, 'PUT', `/${name}/_alias/${name}-few`, { filter: { term: { n: 1 } } })
  await source.refresh()
  await source.flush()
}

const place = (name: string, { id, routing }: Pick<Document, 'id' | 'routing'>) =>
  `/${name}/_doc/${id}${routing === undefined ? '' : `?routing=${encodeURIComponent(routing)}`}`

export async function write(rig: Rig, name: string, document: Document): Promise<void> {
  await ask(rig.url, 'PUT', place(name, document), String(document.body))
}

const without = async (rig: Rig, name: string, i: number) => ask(rig.url, 'DELETE', place(name, aDocument(i)))

const changed = (i: number, from: string | RegExp, to: string): Document => {
  const document = aDocument(i)
  const body = String(document.body).replace(from, to)
  if (body === document.body) throw new Error(`document ${i} has no ${from}`)
  return { ...document, body }
}

/** What changes nothing: the same members in another order. */
export async function turnAbout(rig: Rig, name: string): Promise<void> {
  const [, n = '', rest = ''] = /^\{("n":\d+),(.*)\}$/.exec(String(aDocument(17).body)) ?? []
  await write(rig, name, {
    ...aDocument(17),
    body: `{ ${rest.replace('{"y":[1,2.50],"x":"é"}', '{"x":"\\u00e9", "y":[1,2.50]}')}, ${n} }`,
  })
}

/** Every fault of documents, and what has to be said of it. */
export async function plantDocumentFaults(rig: Rig, name: string): Promise<Record<string, unknown>[]> {
  await without(rig, name, 3)
  await write(rig, name, { id: 'one-too-many', body: '{"n":1}' })
  await write(rig, name, changed(7, /"text":"./, '"text":"Z'))
  await without(rig, name, 11)
  await write(rig, name, { ...aDocument(11), routing: 'elsewhere' })
  await without(rig, name, 10)
  await write(rig, name, { ...aDocument(10), routing: 'far-away' })
  await write(rig, name, changed(1_000, '9007199254740993', '9007199254740992'))
  await write(rig, name, changed(13, '"one":1.0', '"one":1'))
  return [
    { kind: 'missing', id: 'id-3' },
    { kind: 'extra', id: 'one-too-many' },
    { kind: 'different', id: 'id-7', paths: [{ path: 'text' }] },
    { kind: 'routing', id: 'id-11', routing: null, targetRouting: 'elsewhere' },
    { kind: 'routing', id: 'id-10', routing: 'r/3', targetRouting: 'far-away' },
    {
      kind: 'different',
      id: 'id-1000',
      paths: [{ path: 'big', source: '9007199254740993', target: '9007199254740992' }],
    },
    { kind: 'different', id: 'id-13', paths: [{ path: 'one', source: '1.0', target: '1' }] },
  ]
}

/** An alias that lost its filter, and an analyzer that finds other words. */
export async function plantMetadataFaults(rig: Rig, name: string): Promise<void> {
  await ask(rig.url, 'PUT', `/${name}/_alias/${name}-few`, {})
  await ask(rig.url, 'POST', `/${name}/_close`)
  await ask(rig.url, 'PUT', `/${name}/_settings`, { analysis: analysis(['lowercase', 'asciifolding']) })
  await ask(rig.url, 'POST', `/${name}/_open`)
  await ask(rig.url, 'GET', `/_cluster/health/${name}?wait_for_status=yellow&timeout=30s`)
}
