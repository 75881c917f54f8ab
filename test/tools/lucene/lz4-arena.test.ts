// The decoder in WebAssembly against the one in TypeScript: the same bytes, the same end, the same refusals.
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLz4, LZ4_SLACK } from '../../../tools/lucene/lz4.ts'
import { decodeInto, giveOutput, takeOutput } from '../../../tools/lucene/lz4-arena.ts'
import { lz4Wasm } from '../../../tools/lucene/lz4-wasm.gen.ts'
import { assemble } from '../assemble.ts'

const DICTIONARY = 40

type Decoder = typeof decodeLz4
type Block = { bytes: Uint8Array; length: number }

/** Decodes behind a dictionary, with 7 in every byte that is not to be touched. */
function decode(decoder: Decoder, out: Uint8Array, { bytes, length }: Block) {
  out.fill(7).set(Array.from({ length: DICTIONARY }, (_, i) => i))
  try {
    const end = decoder(bytes, 0, bytes.length, out, DICTIONARY, DICTIONARY + length, 0, DICTIONARY)
    return { end, out: [...out.subarray(0, DICTIONARY + length)] }
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return 'refused'
  }
}

/** A valid block: literals and matches by turns, literals at its end. */
const blocks = fc
  .tuple(
    fc.array(
      fc.record({ literals: fc.uint8Array({ maxLength: 80 }), back: fc.nat(70_000), length: fc.nat(600) }),
      {
        maxLength: 30,
      },
    ),
    fc.uint8Array({ minLength: 5, maxLength: 40 }),
  )
  .map(([sequences, last]): Block => {
    const bytes: number[] = []
    let length = 0
    for (const { literals, back, length: more } of sequences) {
      length += literals.length
      const offset = 1 + (back % Math.min(length + DICTIONARY, 65_535))
      bytes.push((nibble(literals.length) << 4) | nibble(more), ...extension(literals.length), ...literals)
      bytes.push(offset & 255, offset >>> 8, ...extension(more))
      length += more + 4
    }
    bytes.push(nibble(last.length) << 4, ...extension(last.length), ...last)
    return { bytes: Uint8Array.from(bytes), length: length + last.length }
  })

const nibble = (count: number) => Math.min(count, 15)

function extension(count: number): number[] {
  if (count < 15) return []
  const rest = count - 15
  return [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255]
}

test('the module is what its source says', async () => {
  expect(lz4Wasm).toBe(await assemble('lucene', 'lz4'))
})

test('valid blocks of every kind of match come out the same from both', async () => {
  const plain = new Uint8Array(40_000)
  await fc.assert(
    fc.asyncProperty(blocks, async (block) => {
      const fast = await takeOutput(40_000)

      const found = decode(decodeInto, fast, block)

      expect(found).not.toBe('refused')
      expect(found).toEqual(decode(decodeLz4, plain, block))
      giveOutput(fast)
    }),
    { numRuns: 1_000 },
  )
})

test('spoilt blocks are refused by both or come out the same, and nothing behind the slack is touched', async () => {
  const plain = new Uint8Array(40_000)
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(blocks, changes, fc.integer({ min: -30, max: 30 }), async (block, list, longer) => {
      const bytes = Uint8Array.from(block.bytes)
      for (const [at, value] of list) bytes[at % bytes.length] = value
      const spoilt = { bytes, length: Math.max(0, block.length + longer) }
      const fast = await takeOutput(40_000)

      const found = decode(decodeInto, fast, spoilt)

      const behind = fast.subarray(DICTIONARY + spoilt.length + LZ4_SLACK)
      expect(behind.every((byte) => byte === 7)).toBe(true)
      expect(found).toEqual(decode(decodeLz4, plain, spoilt))
      giveOutput(fast)
    }),
    { numRuns: 1_000 },
  )
})

test('an output is used again once it was given back, and a large one is a plain array that is given to one at a time', async () => {
  const first = await takeOutput(1_000)
  giveOutput(first)

  expect(await takeOutput(1_000)).toBe(first)
  expect(await takeOutput(1_000)).not.toBe(first)
  const large = await takeOutput(8 << 20)
  let second: Uint8Array<ArrayBuffer> | undefined
  const waiting = takeOutput(9 << 20).then((out) => {
    second = out
  })
  await setImmediate()

  expect(large.buffer.byteLength).toBe((8 << 20) + LZ4_SLACK)
  expect(second).toBeUndefined()
  giveOutput(large)
  await waiting
  expect(large.length).toBe(0)
  expect(second?.length).toBe((9 << 20) + LZ4_SLACK)
  if (second) giveOutput(second)
})

test('bytes out of nothing do no harm', async () => {
  const plain = new Uint8Array(8_192)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(2_000), async (bytes, length) => {
      const fast = await takeOutput(8_000)

      expect(decode(decodeInto, fast, { bytes, length })).toEqual(decode(decodeLz4, plain, { bytes, length }))
      giveOutput(fast)
    }),
    { numRuns: 2_000 },
  )
})
