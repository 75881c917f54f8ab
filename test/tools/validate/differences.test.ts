import { expect, test } from 'vitest'
import { aggregationDifferences } from '../../../tools/validate/aggregations.ts'
import { differencesOf } from '../../../tools/validate/json-difference.ts'

const of = (a: string, b: string) => differencesOf(Buffer.from(a), Buffer.from(b))

test('a difference is a path, with both values as they are written', () => {
  expect(
    of('{"a":{"n":1.0,"l":[1,{"x":"é"}]},"gone":null}', '{"a":{"l":[1,{"x":"e"}],"n":1},"new":{}}'),
  ).toEqual([
    { path: 'a.l[1].x', source: '"é"', target: '"e"' },
    { path: 'a.n', source: '1.0', target: '1' },
    { path: 'gone', source: 'null' },
    { path: 'new', target: '{}' },
  ])
})

test('the same document in another form has no difference', () => {
  expect(of('{"a":1,"b":"\\u00e9"}', ' {"b":"é", "a":1} ')).toEqual([])
})

test('long values and many paths are cut', () => {
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'x'.repeat(500)])),
  )
  const found = of(many, '{}')

  expect(found).toHaveLength(20)
  expect(found[0]?.source?.length).toBeLessThan(210)
})

test('buckets are compared by key, whatever their order, and sums as numbers', () => {
  const source = {
    by: {
      doc_count_error_upper_bound: 0,
      buckets: [
        { key: 'a', doc_count: 2 },
        { key: 'b', doc_count: 1 },
      ],
    },
    sum: { value: 0.1 + 0.2 },
  }
  const target = {
    by: {
      doc_count_error_upper_bound: 5,
      buckets: [
        { key: 'b', doc_count: 1 },
        { key: 'a', doc_count: 3 },
      ],
    },
    sum: { value: 0.3 },
  }

  expect(aggregationDifferences(source, target)).toEqual([
    { path: 'by.buckets[a].doc_count', source: 2, target: 3 },
  ])
})
