import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Canonicalizer, canonicalJson } from '../../../tools/validate/canonical.ts'
import { BUCKETS, Digest, DocumentHasher } from '../../../tools/validate/digest.ts'
import { bucketOf, DocumentId } from '../../../tools/validate/document-id.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const canonical = (text: string) => new TextDecoder().decode(canonicalJson(bytes(text)))

test.each([
  ['white space', ' { "a" : [ 1 , { } , [ ] ] } ', '{"a":[1,{},[]]}'],
  ['the order of members', '{"b":1,"a":{"d":2,"c":3}}', '{"a":{"c":3,"d":2},"b":1}'],
  ['a key that begins another', '{"ab":1,"a":2,"a ":3}', '{"a":2,"a ":3,"ab":1}'],
  ['escapes that say the same', '{"\\u0061":"\\u00e9\\/\\n"}', '{"a":"é/\\n"}'],
  ['keys that need a decoder to be told apart', '{"\\u0062":1,"a":2}', '{"a":2,"b":1}'],
])('%s changes nothing', (_, text, expected) => {
  expect(canonical(text)).toBe(expected)
})

test.each([
  ['1.0', '1'],
  ['9007199254740993', '9007199254740992'],
  ['1E3', '1000'],
  ['1e3', '1E3'],
  ['-0', '0'],
  ['"1"', '1'],
  ['null', '{}'],
  ['[1,2]', '[2,1]'],
])('%s is not %s', (a, b) => {
  expect(canonical(`{"n":${a}}`)).not.toBe(canonical(`{"n":${b}}`))
})

test.each(['', '{', '{"a":}', '{"a" 1}', '[1 2]', '{"a":"x}', '{a:1}', '{"a":"\\x"}'])(
  '%j is no JSON, and is told so',
  (text) => {
    expect(() => canonical(text)).toThrow('not JSON')
  },
)

/** The same value written in another way: members turned about, spaces, needless escapes. */
function otherwise(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(otherwise).join(' ,\n')} ]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .reverse()
      .map(([key, each]) => `${escaped(key)} :${otherwise(each)}`)
      .join(',\t')}}`
  return typeof value === 'string' ? escaped(value) : JSON.stringify(value)
}

const escaped = (text: string) =>
  `"${[...text].map((c) => [...c].map((_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('') + (c.length > 1 ? `\\u${c.charCodeAt(1).toString(16)}` : '')).join('')}"`

test('long strings, with escapes early, late and in between, are read to their ends', () => {
  const long = 'x'.repeat(100)
  for (const text of [`${long}"`, `"${long}`, `${long}\\`, `${long}\n${long}"${long}`, long]) {
    const [key, value] = [JSON.stringify(`z${text}`), JSON.stringify(text)]
    expect(canonical(`{${key}:${value},"a":[${value},"b"]}`)).toBe(`{"a":[${value},"b"],${key}:${value}}`)
  }
})

test('documents of one page, and others put where they were, do not see the escapes of one another', () => {
  const canonicalizer = new Canonicalizer()
  const page = bytes('{"a":"1"}{"a":"\\n"}{"a":"2"}')
  const ends: number[] = []
  const read = (from: number) => {
    const end = canonicalizer.write(page, from, page.length, 0)
    ends.push(end)
    return new TextDecoder().decode(canonicalizer.out.subarray(0, canonicalizer.end))
  }

  expect([read(0), read(ends[0] ?? 0), read(ends[1] ?? 0)]).toEqual(['{"a":"1"}', '{"a":"\\n"}', '{"a":"2"}'])
  expect(read(0)).toBe('{"a":"1"}')
  page.set(bytes('{"\\n":1}'))
  expect(read(0)).toBe('{"\\n":1}')
})

test('more members than are put in their places one by one, and deeper ones, come in order', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`k${(i * 7919) % 300}`, { b: i, a: 1 }]),
  )
  const keys = Object.keys(wide).sort()

  const form = canonical(JSON.stringify({ z: wide, a: 1 }))

  expect(form).toBe(`{"a":1,"z":{${keys.map((key) => `"${key}":{"a":1,"b":${wide[key]?.b}}`).join(',')}}}`)
})

test('every document has one form, however it is written, and that form is the same document', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const form = canonical(JSON.stringify(value))
      expect(canonical(otherwise(value))).toBe(form)
      expect(canonical(form)).toBe(form)
      expect(JSON.parse(form)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 500 },
  )
})

/** The digest as the certificate describes it, written down a second time. */
function digestOf(documents: { id: string; routing?: string; source: string }[]) {
  const word = (n: number) => {
    const four = Buffer.alloc(4)
    four.writeUInt32BE(n)
    return four
  }
  return documents.reduce((sum, { id, routing, source }) => {
    const [i, s] = [Buffer.from(id), canonicalJson(bytes(source))]
    const r = routing === undefined ? null : Buffer.from(routing)
    const all = [word(i.length), i, word(r?.length ?? 0xffffffff), r ?? Buffer.alloc(0), word(s.length), s]
    return (sum + BigInt(`0x${createHash('sha256').update(Buffer.concat(all)).digest('hex')}`)) % (1n << 256n)
  }, 0n)
}

const aDocument = fc.record(
  {
    id: fc.string({ minLength: 1, maxLength: 600 }),
    routing: fc.string({ maxLength: 5_000 }),
    source: fc.json(),
  },
  { requiredKeys: ['id', 'source'] },
)

test('the digest is the sum that the certificate promises, in any order and over any split', () => {
  fc.assert(
    fc.property(fc.array(aDocument, { maxLength: 40 }), fc.nat(40), (documents, cut) => {
      const hasher = new DocumentHasher()
      const digest = (some: typeof documents) => {
        const one = new Digest()
        for (const { id, routing, source } of some)
          one.add(bucketOf(DocumentId.of(id)), hasher.hash(DocumentId.of(id), routing, bytes(source)))
        return one
      }
      const whole = digest([...documents].reverse())
      const parts = digest(documents.slice(0, cut))
      parts.merge(Digest.decode(digest(documents.slice(cut)).encode()))

      expect(whole.total).toBe(digestOf(documents).toString(16).padStart(64, '0'))
      expect(parts.differing(whole)).toEqual([])
      expect(whole.documents).toBe(documents.length)
    }),
    { numRuns: 200 },
  )
})

test('one document changed shows in its own bucket and in no other', () => {
  const hasher = new DocumentHasher()
  const [a, b] = [new Digest(), new Digest()]
  for (let i = 0; i < 5_000; i++) {
    const id = DocumentId.of(`id-${i}`)
    a.add(bucketOf(id), hasher.hash(id, undefined, bytes(`{"n":${i}}`)))
    b.add(bucketOf(id), hasher.hash(id, undefined, bytes(i === 4_321 ? '{"n":-1}' : `{"n":${i}}`)))
  }

  expect(a.differing(b)).toEqual([bucketOf(DocumentId.of('id-4321'))])
  expect(a.documents).toBe(5_000)
  // Buckets are filled alike, so that a narrow look is a short one.
  for (let bucket = 0; bucket < BUCKETS; bucket++) expect(a.count(bucket)).toBeLessThan(60)
})
