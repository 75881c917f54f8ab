import fc from 'fast-check'
import { expect, test } from 'vitest'
import { select, selector, unmatched } from '../../../shared/domain/selection.ts'

const names = [
  'orders',
  'orders-2024',
  'logs',
  '.kibana',
  '.hidden-orders',
  'watches',
  'apm-7',
  'metrics-system.cpu',
]

test.each([
  ['without include, everything but what belongs to a product', undefined, ['orders', 'orders-2024', 'logs']],
  ['a literal', { include: ['orders'] }, ['orders']],
  ['a glob', { include: ['orders*'] }, ['orders', 'orders-2024']],
  ['a glob reaches no name with a dot before it', { include: ['*orders*'] }, ['orders', 'orders-2024']],
  ['a glob that is written with the dot does', { include: ['.hidden-*'] }, ['.hidden-orders']],
  ['a literal reaches a name with a dot', { include: ['.kibana'] }, ['.kibana']],
  ['a regular expression fits the whole name', { include: ['regex:orders'] }, ['orders']],
  ['a regular expression reaches no dot unless written so', { include: ['regex:.*orders'] }, ['orders']],
  ['a regular expression written with the dot does', { include: ['regex:\\.hidden.*'] }, ['.hidden-orders']],
  ['include lifts the built-in exclusions', { include: ['watches', 'apm-*'] }, ['watches', 'apm-7']],
  ['exclude wins over include', { include: ['orders*'], exclude: ['orders-*'] }, ['orders']],
  ['an empty include means nothing', { include: [] }, []],
])('%s', (_, selection, expected) => {
  expect(select(names, selection)).toEqual(expected)
})

test('a name left out says why', () => {
  const choose = selector({ exclude: ['orders'] })
  expect([choose('orders'), choose('.kibana'), choose('logs')]).toEqual([
    { chosen: false, reason: 'excluded' },
    { chosen: false, reason: 'built-in' },
    { chosen: true },
  ])
})

test('a composable template called "logs" is a product’s, a legacy one is a user’s', () => {
  expect(selector(undefined, 'template')('logs').chosen).toBe(false)
  expect(selector(undefined, 'legacyTemplate')('logs').chosen).toBe(true)
  expect(selector(undefined, 'legacyTemplate')('.monitoring-es').chosen).toBe(false)
})

test('a pattern that matches nothing is named', () => {
  expect(unmatched(names, { include: ['orders', 'order-?', 'regex:x.*'] })).toEqual(['order-?', 'regex:x.*'])
})

test('a regular expression that would blow up elsewhere answers at once', () => {
  const started = performance.now()
  expect(select([`${'a'.repeat(5_000)}!`], { include: ['regex:(a+)+$'] })).toEqual([])
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('a glob of any name matches that name only', () => {
  fc.assert(
    fc.property(
      fc
        .string({ minLength: 1, maxLength: 30 })
        .filter((name) => !/[*?]/.test(name) && !name.startsWith('regex:')),
      (name) => {
        expect(select([name, `${name}x`], { include: [name] })).toEqual([name])
      },
    ),
  )
})
