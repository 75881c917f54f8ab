// Documents through user code in the real sandbox: what it did not touch leaves byte for byte.
import { afterEach, expect, test } from 'vitest'
import { type DocumentTransform, openTransform } from '../../../tools/rfs/transform-documents.ts'

let open: DocumentTransform | null = null
afterEach(() => open?.close())

async function pass(code: string | string[], ...sources: string[]) {
  const transforms = [code].flat().map((each, at) => ({ name: `t${at}`, code: each }))
  open = openTransform(transforms)
  const documents = sources.map((source, at) => ({
    index: 'orders',
    id: `id-${at}`,
    source: Buffer.from(source),
  }))
  const results = (await open?.apply(documents)) ?? []
  return results.map((result) => (result.kind === 'kept' ? Buffer.from(result.source).toString() : result))
}
const big = '{ "a":1.0, "n":9007199254740993, "deep":{"price":3.10,"id":9007199254740993}, "s":"}\\"{" }'

test('a source that is not touched leaves as it came, spaces and all', async () => {
  expect(await pass('(item) => item', big)).toEqual([big])
})

test('what lies beyond ASCII passes through, also where it is no UTF-8 at all', async () => {
  const code = `(item) => { item.source.ñ = item.source.é + '😀'; delete item.source.日; return item }`
  expect(await pass(code, '{"é":"ü","日":1,"x":"☃"}')).toEqual(['{"é":"ü","x":"☃","ñ":"ü😀"}'])

  const source = Uint8Array.from([...Buffer.from('{"a":"'), 0xff, 0xc3, ...Buffer.from('"}')])
  await open?.close()
  open = openTransform([{ name: 't', code: '(item) => { item.source.b = 1; return item }' }])
  const [result] = (await open?.apply([{ index: 'orders', id: '1', source }])) ?? []

  const expected = Buffer.concat([source.subarray(0, -1), Buffer.from(',"b":1}')])
  expect(result?.kind === 'kept' && Buffer.from(result.source).equals(expected)).toBe(true)
})

test('a member is set, and every other one keeps its bytes', async () => {
  expect(await pass('(item) => { item.source.migrated = true; return item }', big)).toEqual([
    '{ "a":1.0, "n":9007199254740993, "deep":{"price":3.10,"id":9007199254740993}, "s":"}\\"{","migrated":true }',
  ])
})

test('reading changes nothing: numbers are numbers, and an object that was only looked at keeps its bytes', async () => {
  const code = `(item) => {
    const { source } = item
    if (source.a + 1 !== 2 || source.deep.price !== 3.1 || source.nothing !== undefined || !('n' in source)) throw 'no'
    return item
  }`
  expect(await pass(code, big)).toEqual([big])
})

test('a change within an object keeps the digits of its neighbours', async () => {
  const [source] = await pass('(item) => { item.source.deep.price = 4; return item }', big)

  expect(source).toContain('"deep":{"price":4,"id":9007199254740993}')
})

test('a number that no double holds keeps its digits where it is copied or spread', async () => {
  const code = '(item) => ({ ...item, source: { ...item.source, copy: item.source.n } })'
  const [source] = await pass(code, '{"n":9007199254740993,"deep":{"id":-18446744073709551615}}')

  expect(source).toBe('{"n":9007199254740993,"deep":{"id":-18446744073709551615},"copy":9007199254740993}')
})

test('members go, come back, are listed, spread and written as JSON like those of any object', async () => {
  const code = `(item) => {
    const { source } = item
    delete source.b
    source.c = 3
    delete source.c
    source.d = 4
    const listed = Object.keys(source).join()
    const copy = { ...source, text: JSON.stringify(source), listed, has: [ 'b' in source, Object.hasOwn(source, 'a') ] }
    return { ...item, id: item.id + '!', source: copy }
  }`
  expect(await pass(code, '{"a":1,"b":2,"c":3}')).toEqual([
    '{"a":1,"d":4,"text":"{\\"a\\":1,\\"d\\":4}","listed":"a,d","has":[false,true]}',
  ])
})

test('several transforms see what those before them did', async () => {
  const codes = [
    '(item) => { item.source.n = 1; return item }',
    'function transform(item) { item.source.n += 1; delete item.source.a; return item }',
  ]
  expect(await pass(codes, '{"a":0}')).toEqual(['{"n":2}'])
})

test('a document that throws, goes, or becomes several fails or goes alone', async () => {
  const code = `({ source, ...item }) => {
    if (source.do === 'throw') throw new Error('not this one')
    if (source.do === 'drop') return null
    if (source.do === 'split') return [{ ...item, source }, { ...item, source }]
    if (source.do === 'lose') return { ...item }
    if (source.do === 'forget') return undefined
    return { ...item, source }
  }`
  const told = await pass(
    code,
    ...['throw', 'drop', 'split', 'lose', 'forget', 'stay'].map((what) => `{"do":"${what}"}`),
  )

  expect(told).toEqual([
    { kind: 'failed', errorType: 'transform_failed', reason: 'Error: not this one' },
    { kind: 'dropped' },
    { kind: 'failed', errorType: 'transform_result', reason: expect.stringContaining('several documents') },
    { kind: 'failed', errorType: 'transform_result', reason: expect.stringContaining('id and a source') },
    { kind: 'failed', errorType: 'transform_failed', reason: expect.stringContaining('returned nothing') },
    '{"do":"stay"}',
  ])
})

test('what is no object fails where it is touched, and passes where it is not', async () => {
  const code = `(item) => { if (item.id !== 'id-0') item.source.x = 1; return item }`

  expect(await pass(code, 'nonsense', 'nonsense', '{"a":')).toEqual([
    'nonsense',
    { kind: 'failed', errorType: 'source_not_json', reason: expect.any(String) },
    { kind: 'failed', errorType: 'source_not_json', reason: expect.any(String) },
  ])
})

test('user code reaches neither the way in nor the other documents', async () => {
  const code = `(item) => { item.source = { seen: [typeof keys, typeof member, typeof process] }; return item }`

  expect(await pass(code, '{}')).toEqual(['{"seen":["undefined","undefined","undefined"]}'])
})
