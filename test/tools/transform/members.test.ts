// Where the members of an object stand in its text: against the language's own parser.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText, membersOf, textOfBytes, withChanges } from '../../../tools/transform/members.ts'

const spaces = fc.stringMatching(/^[ \n\r\t]{0,3}$/)
const words = { unit: 'binary', minLength: 1 } as const
const objects = fc.dictionary(fc.string(words), fc.jsonValue({ stringUnit: 'binary' }))

const textOf = (words: string) => textOfBytes(Buffer.from(words))

/** JSON with spaces wherever they may stand at its top. */
function spaced(object: object, space: string): string {
  const members = Object.entries(object).map(
    ([key, value]) =>
      `${space}${JSON.stringify(key)}${space}:${space}${JSON.stringify(value, null, space)}${space}`,
  )
  return `${space}{${members.join(',')}${space}}${space}`
}

test('every member of any object is found, with the text of its value', () => {
  fc.assert(
    fc.property(objects, spaces, (object, space) => {
      const text = spaced(object, space)
      const read = textOf(text)
      const members = [...(membersOf(read)?.values() ?? [])]

      expect(members.map(({ key }) => key)).toEqual(Object.keys(object))
      for (const { key, start, end } of members)
        expect(JSON.parse(decodeText(read.slice(start, end)))).toEqual(
          JSON.parse(JSON.stringify(object[key])),
        )
    }),
    { numRuns: 1_000 },
  )
})

test('changes are made, and every other member stays byte for byte', () => {
  const text = '{ "a" : 1.0, "b":[1.50, {"c":"}"}] ,"d":9007199254740993,"a\\u0062":"x" }'
  const members = membersOf(text)
  if (!members) throw new Error('no members')

  expect(withChanges(text, members, new Map([['d', null]]))).toBe(
    '{"a" : 1.0,"b":[1.50, {"c":"}"}],"a\\u0062":"x"}',
  )
  const changed = withChanges(
    text,
    members,
    new Map([
      ['a', '2'],
      ['ab', null],
      ['n"', '{}'],
    ]),
  )
  expect(changed).toBe('{"a" : 2,"b":[1.50, {"c":"}"}],"d":9007199254740993,"n\\"":{}}')
})

test('where no member goes, the text around the changes stays too', () => {
  const text = '{ "a" : 1.0 , "b":[1.50] \n, "a":2 } '
  const members = membersOf(text)
  if (!members) throw new Error('no members')
  const changes = [
    ['n', '{}'],
    ['a', '3'],
    ['b', '[]'],
  ] as const

  expect(withChanges(text, members, new Map(changes))).toBe('{ "a" : 1.0 , "b":[] \n, "a":3,"n":{} } ')
  expect(withChanges(' { } ', new Map(), new Map([['n', '1']]))).toBe(' {"n":1 } ')
})

test('names and values beyond ASCII are found by what they say, and written as UTF-8', () => {
  const text = textOf('{"é":"ü","日":[1.0],"ascii":"☃"}')
  const members = membersOf(text)
  if (!members) throw new Error('no members')
  const changes = new Map([
    ['日', '"本"'],
    ['ñ', '"😀"'],
  ])

  expect([...members.keys()]).toEqual(['é', '日', 'ascii'])
  expect(decodeText(withChanges(text, members, changes))).toBe('{"é":"ü","日":"本","ascii":"☃","ñ":"😀"}')
})

test('of two members of one name the last counts', () => {
  const text = '{"a":1,"b":2,"a":3}'
  const members = membersOf(text)

  expect(members && withChanges(text, members, new Map([['b', null]]))).toBe('{"a":3}')
  expect(members && withChanges(text, members, new Map([['a', '4']]))).toBe('{"a":1,"b":2,"a":4}')
})

test.each([
  '',
  '1',
  '[]',
  'null',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":"',
  '{"a":1}x',
  '{a:1}',
  '{"a" 1}',
  '{"a":[1}',
])('%s is no whole object', (text) => {
  expect(membersOf(text)).toBeNull()
})

test('a text that ends or goes astray anywhere is refused or read, and never hangs', () => {
  fc.assert(
    fc.property(objects, fc.nat(), fc.string({ maxLength: 2 }), (object, at, noise) => {
      const text = JSON.stringify(object)
      membersOf(text.slice(0, at % (text.length + 1)) + noise)
    }),
    { numRuns: 2_000 },
  )
})
