// The canonical form by WebAssembly against the one in TypeScript: the same bytes, the same end, the same refusals.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Canonicalizer, NotJson } from '../../../tools/validate/canonical.ts'
import { canonicalWasm } from '../../../tools/validate/canonical-wasm.gen.ts'
import { FastCanonicalizer } from '../../../tools/validate/fast-canonical.ts'
import { assemble } from '../assemble.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const slow = new Canonicalizer()
const fast = new FastCanonicalizer()
const MiB = 1 << 20

/** The form of what begins at `from`, and where it ends. */
function form(canonicalizer: Canonicalizer | FastCanonicalizer, source: Uint8Array, from = 0, place = 0) {
  try {
    const end = canonicalizer.write(source, from, source.length, place)
    return { end, form: Buffer.from(canonicalizer.out.subarray(place, canonicalizer.end)).toString('latin1') }
  } catch (error) {
    expect(error).toBeInstanceOf(NotJson)
    return 'refused'
  }
}

const expectSame = (text: string) => expect(form(fast, bytes(text))).toEqual(form(slow, bytes(text)))

test('the module is what its source says', async () => {
  expect(canonicalWasm).toBe(await assemble('validate', 'canonical'))
})

test.each([
  '{"b":1,"a":{"d":[1.0,-2E+3,true,null],"c":{}},"":[]}',
  ' {\n "b" : "x" ,\t"a" : [ { "z":1,\r"y":2 } , 3 ] } ',
  '{"ab":1,"a":2,"a ":3,"a!":4,"a":5}',
  '{"long key of more than sixteen bytes, b":1,"long key of more than sixteen bytes, a":2}',
  '{"fifteen bytes..\\n":"\\t\\b\\f\\r\\"\\\\","fifteen bytes..":"fifteen bytes..\\\\"}',
  '{"\\u0062":1,"a":"\\/"}',
  '{"é":"日本","e":"\u2028"}',
  '["a",1]',
  '17',
  '{"a":1}{"b":2}',
  '{"a":1,}',
  '{"a":[1,]}',
  '{"a":[,1]}',
  '{,}',
  '{"a"}',
  '{"a":1 "b":2}',
  '{"a":"\u0001"}',
  '{"a":"\\n\u0001"}',
  '{"a":"\\x"}',
  '{"a":"',
  '{"a":1',
  '{"a":',
  '{"a":1"b"}',
  '{"a":}',
  '\ufeff{"b":1,"a":2}',
])('%j', expectSame)

test('any document comes out as from the other, however it is written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), fc.nat(3), (value, indent) => {
      expectSame(JSON.stringify(value, null, indent))
    }),
    { numRuns: 1_000 },
  )
})

test('documents with any byte changed are taken, or refused, by both', () => {
  const aDocument = fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 })
  fc.assert(
    fc.property(aDocument, fc.nat(), fc.constantFrom(...'{}[]",:\\ a1\u0000\u0010'), (value, at, byte) => {
      const text = JSON.stringify(value)
      const place = at % text.length
      expectSame(text.slice(0, place) + byte + text.slice(place + 1))
    }),
    { numRuns: 3_000 },
  )
})

test('more members than are put in order there, more depth and more open members than it holds', () => {
  const wide = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${(i * 7919) % count}`, i]))
  for (const count of [63, 64, 65, 66, 3_000, 5_000]) expectSame(JSON.stringify({ z: wide(count), a: 1 }))
  for (const depth of [99, 100, 101, 102, 1_500]) {
    expectSame(`${'{"b":1,"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
    expectSame(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  }
  // Each of 90 open objects has 60 members: more than there is room for at once.
  expectSame(
    `${`{${Array.from({ length: 59 }, (_, i) => `"k${i}":0`).join()},"z":`.repeat(90)}1${'}'.repeat(90)}`,
  )
  // The object at the very end of that room is one to be put in order.
  for (let open = 4_080; open < 4_096; open++) {
    const members = Array.from({ length: open }, (_, i) => `"${String(i).padStart(4, '0')}":0`).join()
    expectSame(`{${members},"x":{"b":1,"a":2,"0":3}}`)
  }
})

test('a page larger than the window, with documents across its edges and one larger than itself', () => {
  const document = (n: number, length: number) => `{"n":${n},"text":"${'x'.repeat(length)}","a":[${n}]}`
  const lengths = [10, MiB, 3 * MiB, 2 * MiB, 5 * MiB, 20, 4 * MiB - 30, 4 * MiB, 10]
  const texts = lengths.map((length, n) => document(n, length))
  const page = bytes(texts.join(''))
  let from = 0
  for (const [n, text] of texts.entries()) {
    const found = form(fast, page, from, 4_096)

    expect(found).toEqual({
      end: from + text.length,
      form: `{"a":[${n}],"n":${n},"text":"${'x'.repeat(lengths[n] ?? 0)}"}`,
    })
    from += text.length
  }
})

test('a page is read anew where it may have changed, and where another was read meanwhile', () => {
  const page = bytes('{"a":1}{"a":2}')
  const other = new FastCanonicalizer()
  const ended = [form(fast, page), form(fast, page, 7)]
  page.set(bytes('{"b":3}{"b":4}'))

  expect(ended).toEqual([
    { end: 7, form: '{"a":1}' },
    { end: 14, form: '{"a":2}' },
  ])
  expect(form(fast, page)).toEqual({ end: 7, form: '{"b":3}' })
  expect(form(other, bytes('{"c":5}'))).toEqual({ end: 7, form: '{"c":5}' })
  expect(form(fast, page, 7)).toEqual({ end: 14, form: '{"b":4}' })
})

test('a place behind what the memory keeps free is left to the other', () => {
  expect(form(fast, bytes('{"b":1,"a":2}'), 0, 1 << 20)).toEqual({ end: 13, form: '{"a":2,"b":1}' })
})
