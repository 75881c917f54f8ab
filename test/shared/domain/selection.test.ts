import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { Selection, select, selector, unmatched } from '../../../shared/domain/selection.ts'

const names = ['orders-1', 'orders-2', 'customers', '.kibana', '.orders', 'apm-1', 'a+b', 'a.b', 'axb']

describe('what is meant', () => {
  test.each<[string, Selection | undefined, string[]]>([
    [
      'nothing said: all but built-in names',
      undefined,
      ['orders-1', 'orders-2', 'customers', 'a+b', 'a.b', 'axb'],
    ],
    ['a literal', { include: ['customers'] }, ['customers']],
    ['a literal with the dot', { include: ['.kibana'] }, ['.kibana']],
    ['a glob, which reaches no dot', { include: ['*orders*'] }, ['orders-1', 'orders-2']],
    ['a glob written with the dot', { include: ['.ord*'] }, ['.orders']],
    ['a glob of one letter', { include: ['orders-?'] }, ['orders-1', 'orders-2']],
    ['a name with letters of regexes', { include: ['a+b', 'a.b'] }, ['a+b', 'a.b']],
    ['a glob with letters of regexes', { include: ['a.*'] }, ['a.b']],
    ['a regex, which fits the whole name', { include: ['regex:orders'] }, []],
    ['a regex', { include: ['regex:orders-[0-9]+'] }, ['orders-1', 'orders-2']],
    [
      'a regex, which reaches no dot',
      { include: ['regex:.*'] },
      names.filter((name) => !name.startsWith('.')),
    ],
    ['a regex written with the dot', { include: ['regex:\\..*'] }, ['.kibana', '.orders']],
    ['an exclusion over an inclusion', { include: ['orders-*'], exclude: ['orders-2'] }, ['orders-1']],
    ['an exclusion alone', { exclude: ['regex:orders-.*'] }, ['customers', 'a+b', 'a.b', 'axb']],
    ['an inclusion of nothing', { include: [] }, []],
  ])('%s', (_, selection, chosen) => {
    expect(select(names, selection)).toEqual(chosen)
  })
})

test('every name that is left out has its reason', () => {
  expect(selector(undefined)('.kibana')).toEqual({ chosen: false, reason: 'built-in' })
  expect(selector({ include: ['a'] })('b')).toEqual({ chosen: false, reason: 'not-included' })
  expect(selector({ exclude: ['b'] })('b')).toEqual({ chosen: false, reason: 'excluded' })
})

test('patterns that match nothing are told', () => {
  expect(unmatched(names, { include: ['customers', 'nobody', 'x*'] })).toEqual(['nobody', 'x*'])
})

test.each(['regex:(', 'regex:[', 'regex:a{9999999}', 'regex:(?<=a)b', ''])(
  '"%s" is no pattern',
  (pattern) => {
    expect(v.safeParse(Selection, { include: [pattern] }).success).toBe(false)
  },
)

test.each(['regex:(a+)+$', 'regex:(a|aa)*c', '*a*a*a*a*a*a*a*b'])(
  '%s takes time linear in the name',
  (pattern) => {
    const started = Date.now()

    selector({ include: [pattern] })('a'.repeat(50_000))

    expect(Date.now() - started).toBeLessThan(2_000)
  },
)
