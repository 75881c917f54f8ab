import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProgressWindow } from '../../../tools/rfs/progress-window.ts'

const nothing = { written: 0, rejected: 0, skipped: 0, bytes: 0 }
const counts = (written: number) => ({ ...nothing, written, bytes: written * 10 })

test('the cursor moves only over acknowledged documents without a gap', () => {
  const window = new ProgressWindow(5, counts(5))
  const first = window.begin(10)
  const second = window.begin(20)
  const third = window.begin(25)

  third(counts(5))
  second(counts(10))
  expect(window).toMatchObject({ cursor: 5, counts: counts(5), open: 3 })

  first(counts(5))
  expect(window).toMatchObject({ cursor: 25, counts: counts(25), open: 0 })
})

test('an answer that comes twice counts once', () => {
  const window = new ProgressWindow(0, nothing)
  const close = window.begin(10)

  close(counts(10))
  close(counts(10))

  expect(window.counts.written).toBe(10)
})

test('windows out of order are a mistake of the program', () => {
  const window = new ProgressWindow(0, nothing)
  window.begin(10)

  expect(() => window.begin(9)).toThrow(RangeError)
})

test('in whatever order answers come, counts are always those of the documents before the cursor', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      fc.infiniteStream(fc.nat()),
      (sizes, order) => {
        const window = new ProgressWindow(0, nothing)
        let to = 0
        const open = sizes.map((size) => {
          to += size
          const close = window.begin(to)
          return () => close(counts(size))
        })
        while (open.length > 0) {
          open.splice(order.next().value % open.length, 1)[0]?.()
          expect(window.counts.written).toBe(window.cursor)
        }
        expect(window.cursor).toBe(to)
      },
    ),
  )
})
