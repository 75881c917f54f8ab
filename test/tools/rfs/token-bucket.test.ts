import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { TokenBucket } from '../../../tools/rfs/token-bucket.ts'

test('without a rate nothing waits', async () => {
  const bucket = new TokenBucket()

  await bucket.take(1e12)

  expect(bucket.waitMs).toBe(0)
})

test('what was taken beyond the rate is waited for by the next one', async () => {
  let now = 0
  const bucket = new TokenBucket(() => now)
  bucket.rate = 100

  await bucket.take(250)
  expect(bucket.waitMs).toBe(1_500)

  now += 1_000
  expect(bucket.waitMs).toBe(500)
  now += 500
  expect(bucket.waitMs).toBe(0)
})

test('idle time is not saved up for more than a second', async () => {
  let now = 0
  const bucket = new TokenBucket(() => now)
  bucket.rate = 100
  now += 3_600_000

  await bucket.take(100)
  await bucket.take(100)

  expect(bucket.waitMs).toBe(1_000)
})

test('a rate holds over real time, and a higher one frees who waits', async () => {
  const bucket = new TokenBucket()
  bucket.rate = 1_000
  const from = performance.now()
  for (let i = 0; i < 4; i++) await bucket.take(500)
  const took = performance.now() - from
  expect(took).toBeGreaterThan(400)

  await bucket.take(1_000_000)
  const waiting = bucket.take(1)
  expect(bucket.isWaitedFor).toBe(true)
  bucket.rate = null
  await waiting
  expect(bucket.isWaitedFor).toBe(false)
})

test('a wait ends with its signal', async () => {
  const bucket = new TokenBucket()
  bucket.rate = 1
  await bucket.take(1_000)

  await expect(bucket.take(1, AbortSignal.timeout(20))).rejects.toThrow()
  expect(bucket.isWaitedFor).toBe(false)
})

test('whoever asked first goes first, also past one who gave up', async () => {
  const bucket = new TokenBucket()
  bucket.rate = 1_000
  await bucket.take(1_100)
  const order: number[] = []
  const gone = new AbortController()
  const takes = [1, 2, 3].map((n) =>
    bucket.take(50, n === 2 ? gone.signal : undefined).then(
      () => order.push(n),
      () => {},
    ),
  )
  gone.abort()

  await Promise.all(takes)

  expect(order).toEqual([1, 3])
})
