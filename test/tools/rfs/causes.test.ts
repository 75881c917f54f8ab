import { expect, test } from 'vitest'
import { Causes, normaliseCause } from '../../../tools/rfs/causes.ts'

test.each([
  [
    "failed to parse field [price] of type [long] in document with id 'abc-1'. Preview of field's value: 'free'",
    "failed to parse field [price] of type [long] in document with id '7'. Preview of field's value: 'n/a'",
  ],
  ['Limit of total fields [1000] has been exceeded', 'Limit of total fields [2000] has been exceeded'],
  [
    'object mapping tried to parse as object, but found 12.5',
    'object mapping tried to parse as object, but found -3e7',
  ],
  ['no id eEO-Zo4B5P7rRiUeCFSo', 'no id AE0-Zo4B7T-RS_C5iG5e'],
])('causes that differ in values alone are one', (one, other) => {
  expect(normaliseCause(one)).toBe(normaliseCause(other))
})

test('the field and the type that are wrong are kept apart', () => {
  expect(normaliseCause('failed to parse field [price] of type [long]')).toBe(
    'failed to parse field [price] of type [long]',
  )
})

test('causes are counted, with the first document as example, and told again only when they grew', () => {
  const causes = new Causes()
  const failed = { targetIndex: 'orders', errorType: 'mapper_parsing_exception' }
  causes.add({ ...failed, id: 'a', reason: "bad value 'x'" })
  causes.add({ ...failed, id: 'b', reason: "bad value 'y'" })
  causes.add({ ...failed, id: 'c', reason: 'too many fields [1001]' })

  expect(causes.changed()).toMatchObject([
    { count: 2, cause: 'bad value <value>', example: { id: 'a', reason: "bad value 'x'" } },
    { count: 1, cause: 'too many fields [<value>]' },
  ])
  expect(causes.changed()).toEqual([])
})

test('without end of distinct causes the rest is one', () => {
  const causes = new Causes()
  const word = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
  for (let i = 0; i < 500; i++)
    causes.add({ targetIndex: 'i', errorType: 'e', reason: `reason ${word(i)}`, id: String(i) })

  const told = causes.changed()
  expect(told).toHaveLength(201)
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(500)
})
