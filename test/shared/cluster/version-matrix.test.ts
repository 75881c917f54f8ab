import { expect, test } from 'vitest'
import { parseVersionText } from '../../../shared/cluster/version.ts'
import { supportedPair } from '../../../shared/cluster/version-matrix.ts'

const pair = (source: string, target: string) =>
  supportedPair(parseVersionText(source), parseVersionText(target))

// What the product promises, source by source, against OS 1.3, OS 2.19, OS 3.4 and serverless.
test.each([
  ['ES 2.4', 'no no no no'],
  ['ES 5.6', 'yes yes yes yes'],
  ['ES 6.8', 'yes yes yes yes'],
  ['ES 7.17', 'yes yes yes yes'],
  ['ES 8.19', 'no yes yes yes'],
  ['ES 9.1', 'no untested untested untested'],
  ['ES 10.0', 'no no no no'],
  ['OS 1.3', 'yes yes yes yes'],
  ['OS 2.19', 'no yes yes yes'],
  ['OS 3.4', 'no no yes yes'],
  ['OS 4.0', 'no no no no'],
  ['AOS 1.3', 'yes yes yes yes'],
  ['AOSS', 'no no no no'],
])('from %s: %s', (source, expected) => {
  const words = ['OS 1.3', 'OS 2.19', 'AOS 3.4', 'AOSS'].map((target) => {
    const { supported, untested } = pair(source, target)
    return supported ? (untested ? 'untested' : 'yes') : 'no'
  })

  expect(words.join(' ')).toBe(expected)
})

test.each(['ES 7.10', 'ES 8.14'])('%s is never a target', (target) => {
  expect(pair('ES 6.8', target)).toEqual({
    supported: false,
    reason: expect.stringContaining('must be OpenSearch'),
  })
})

test('whatever is not supported, or not tested, says why', () => {
  expect(pair('OS 3.4', 'OS 2.19').reason).toContain('downgrade')
  expect(pair('ES 8.14', 'OS 1.3').reason).toBe('ES 8.14 cannot be moved to OS 1.3')
  expect(pair('ES 9.1', 'OS 3.4').reason).toContain('untested')
  expect(pair('ES 7.10', 'OS 2.19').reason).toBeUndefined()
})

test('no OpenSearch major goes down', () => {
  for (const source of [1, 2, 3]) {
    for (const target of [1, 2, 3])
      expect(pair(`OS ${source}.0`, `OS ${target}.0`).supported).toBe(target >= source)
  }
})
