import { expect, test } from 'vitest'
import { Congestion } from '../../../tools/rfs/congestion.ts'

function aClock() {
  let now = 0
  return { now: () => now, pass: (ms: number) => (now += ms) }
}

async function acknowledge(congestion: Congestion, times: number, ms = 50) {
  for (let i = 0; i < times; i++) {
    await congestion.enter()
    congestion.leave('none', ms)
  }
}

test('concurrency climbs to its maximum while all is well', async () => {
  const congestion = new Congestion(4)

  await acknowledge(congestion, 20)

  expect(congestion.limit).toBe(4)
  expect(congestion.pressure).toBe('none')
})

test('a rejection lowers it, once for all the requests of a moment, and never below one', async () => {
  const clock = aClock()
  const congestion = new Congestion(9, clock.now)
  await acknowledge(congestion, 60)
  clock.pass(5_000)

  for (let i = 0; i < 5; i++) {
    await congestion.enter()
    congestion.leave('rejected', 10)
  }
  expect(congestion.limit).toBe(6)
  expect(congestion.pressure).toBe('rejected')

  for (let i = 0; i < 20; i++) {
    clock.pass(1_001)
    await congestion.enter()
    congestion.leave('rejected', 10)
  }
  expect(congestion.limit).toBe(1)
})

test('it recovers, and says nothing any more of what is long past', async () => {
  const clock = aClock()
  const congestion = new Congestion(4, clock.now)
  await congestion.enter()
  congestion.leave('timeout', 100)
  expect(congestion).toMatchObject({ limit: 1, pressure: 'timeout' })

  clock.pass(10_001)
  await acknowledge(congestion, 20)

  expect(congestion).toMatchObject({ limit: 4, pressure: 'none' })
})

test('a target that has become much slower is not pressed further', async () => {
  const congestion = new Congestion(8)
  await acknowledge(congestion, 60, 100)

  await congestion.enter()
  congestion.leave('none', 20_000)

  expect(congestion).toMatchObject({ limit: 5, pressure: 'slow' })
})

test('no more than the limit are under way, and one who leaves the queue does not take a place with him', async () => {
  const congestion = new Congestion(1)
  await congestion.enter()
  const impatient = new AbortController()
  const given = congestion.enter(impatient.signal)
  let entered = false
  const patient = congestion.enter().then(() => {
    entered = true
  })
  await Promise.resolve()
  expect(entered).toBe(false)

  impatient.abort(new Error('stopped'))
  await expect(given).rejects.toThrow('stopped')
  congestion.leave('none', 1)
  await patient

  expect(congestion.inFlight).toBe(1)
})

test('the knob takes effect at once, both ways', async () => {
  const congestion = new Congestion(1)
  await congestion.enter()
  const second = congestion.enter()

  congestion.maximum = 4
  congestion.leave('none', 1)
  await second
  await acknowledge(congestion, 30)
  expect(congestion.limit).toBe(4)

  congestion.maximum = 2
  expect(congestion.limit).toBe(2)
})
