import { expect, test } from 'vitest'
import { retryDelayMs } from '../../../shared/cluster/retry.ts'

const least = () => 0
const most = () => 1

test('waits grow, up to five seconds, and are half chance', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(attempt, null, most))).toEqual([
    200, 400, 800, 1_600, 3_200, 5_000, 5_000,
  ])
  expect(retryDelayMs(3, null, least)).toBe(400)
})

test.each([
  ['0', 0],
  ['2', 2_000],
  ['3600', 30_000],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
])('Retry-After %s is honoured up to 30 s', (header, delayMs) => {
  expect(retryDelayMs(1, header, most)).toBe(delayMs)
})

test('Retry-After as a moment is the time until then', () => {
  const delayMs = retryDelayMs(1, new Date(Date.now() + 10_000).toUTCString(), most)

  expect(delayMs).toBeGreaterThan(8_000)
  expect(delayMs).toBeLessThanOrEqual(10_000)
})

test('a Retry-After that says nothing is passed over', () => {
  expect(retryDelayMs(1, 'soon', most)).toBe(200)
})
