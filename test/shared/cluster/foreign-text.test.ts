import { expect, test } from 'vitest'
import { foreignText } from '../../../shared/cluster/foreign-text.ts'

test.each([
  ['plain text, née 日本', 'plain text, née 日本'],
  ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['\u001b[31mred\u0007\r', '\\u001b[31mred\\u0007\\u000d'],
  ['\u202egnp.exe\u200b', '\\u202egnp.exe\\u200b'],
  ['\u0000\u009b', '\\u0000\\u009b'],
  ['broken \ud800', 'broken \ufffd'],
])('%j is shown as %j', (text, shown) => {
  expect(foreignText(text)).toBe(shown)
})

test('a long text is cut, and not in the middle of a character', () => {
  expect(foreignText('x'.repeat(5_000))).toHaveLength(2_048)
  expect(foreignText('abc', 3)).toBe('abc')
  expect(foreignText('ab😀d', 4)).toBe('ab\ufffd…')
})
