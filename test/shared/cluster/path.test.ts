import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeIndex, encodeQuery, encodeSegment } from '../../../shared/cluster/path.ts'

test.each([
  ['logs-1', 'logs-1'],
  ['a/b', 'a%2Fb'],
  ['../_cluster/settings', '..%2F_cluster%2Fsettings'],
  ['a?b=c#d', 'a%3Fb%3Dc%23d'],
  ['a%2Fb', 'a%252Fb'],
  ['<logs-{now/d}>', '%3Clogs-%7Bnow%2Fd%7D%3E'],
  ['日本', '%E6%97%A5%E6%9C%AC'],
  ['a b+c', 'a%20b%2Bc'],
  ['...', '...'],
])('%s becomes one segment', (name, segment) => {
  expect(encodeSegment(name)).toBe(segment)
})

test.each(['', '.', '..', '\ud800'])('%j has no safe segment', (name) => {
  expect(() => encodeSegment(name)).toThrow('Cannot address')
})

test('any name stays one segment that a URL keeps as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      fc.pre(name !== '.' && name !== '..')
      const path = `/before/${encodeSegment(name)}/after`

      const { pathname, search, hash } = new URL(path, 'http://cluster.example')

      expect([pathname, search, hash]).toEqual([path, '', ''])
      expect(decodeURIComponent(path.split('/')[2] ?? '')).toBe(name)
    }),
  )
})

test.each(['_all', '_cluster', '-a', '+a', '*', 'a*', 'a,b', '<a>', 'a b', 'a?', 'a\\b', 'a/b', '..', ''])(
  '%j is the name of no index',
  (name) => {
    expect(() => encodeIndex(name)).toThrow('Cannot address')
  },
)

test.each(['.hidden', 'a-b_c+d', 'x%2fy', 'a&b=c', '日本'])('%s is the name of an index', (name) => {
  expect(encodeIndex(name)).toBe(encodeURIComponent(name))
})

test('a query is written in the strict encoding that signatures want', () => {
  expect(encodeQuery({ q: "a b*!'()", 'x y': true, n: 1 })).toBe('q=a%20b%2A%21%27%28%29&x%20y=true&n=1')
})
