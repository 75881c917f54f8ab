import { expect, test } from 'vitest'
import { readBits } from '../../../tools/lucene/bit-stream.ts'
import { ByteReader } from '../../../tools/lucene/byte-reader.ts'
import { readIndexedDisi } from '../../../tools/lucene/indexed-disi.ts'
import { decodeLz4 } from '../../../tools/lucene/lz4.ts'
import { readPackedInts, readTransposedInts } from '../../../tools/lucene/packed-ints.ts'
import { sniffSource } from '../../../tools/lucene/source-format.ts'
import { decodeId, splitUid } from '../../../tools/lucene/uid.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

test.each([
  ['7643bc668e01e4feeb46251eb85442', 'dkO8Zo4B5P7rRiUeuFRC'],
  ['ff636f6d706c6578646f63', 'complexdoc'],
  ['ff75706461746564646f63', 'updateddoc'],
  ['ba77216a781e75da1c', 'unchangeddoc'],
  ['fe123f', '123'],
  ['fe1234', '1234'],
  ['fe0f', '0'],
  ['fdfe00ff', '_gD_'],
  ['ff', ''],
])('the stored id %s is %s', (bytes, id) => {
  const padded = hex(`00${bytes}00`)

  expect(decodeId(padded, 1, padded.length - 1)).toBe(id)
})

test('an id of Elasticsearch 5 is parted from its type at the first #', () => {
  expect(splitUid('doc#a#b')).toEqual({ type: 'doc', id: 'a#b' })
})

test('IndexedDISI: a sparse block', () => {
  const docs = readIndexedDisi('f', hex('0000 0002 0001 0002 0003 7fff 0000 ffff'), 6, {
    littleEndian: false,
    denseRankPower: 9,
  })

  expect([0, 1, 2, 3, 4, 5].filter((doc) => docs.has(doc))).toEqual([1, 2, 3])
})

test.each([true, false])(
  'IndexedDISI: dense with ranks, full and sparse blocks (little-endian %s)',
  (littleEndian) => {
    const { bytes, docs } = disiOfThreeKinds(littleEndian)

    const read = readIndexedDisi('f', bytes, 200_000, { littleEndian, denseRankPower: 9 })

    expect(read.count()).toBe(docs.length)
    expect(docs.every((doc) => read.has(doc))).toBe(true)
  },
)

function disiOfThreeKinds(littleEndian: boolean) {
  const docs: number[] = []
  const parts: Buffer[] = []
  const u16 = (...values: number[]) => {
    const part = Buffer.alloc(values.length * 2)
    for (const [i, value] of values.entries())
      littleEndian ? part.writeUInt16LE(value, i * 2) : part.writeUInt16BE(value, i * 2)
    parts.push(part)
  }
  const words = Buffer.alloc(8_192)
  for (let doc = 0; doc < 65_536; doc += 3) {
    docs.push(doc)
    const byte = littleEndian ? doc >>> 3 : (doc >>> 6) * 8 + 7 - ((doc >>> 3) & 7)
    words[byte] = (words[byte] ?? 0) | (1 << (doc & 7))
  }
  u16(0, docs.length - 1)
  parts.push(Buffer.alloc(256), words)
  u16(1, 65_535)
  for (let doc = 65_536; doc < 131_072; doc++) docs.push(doc)
  u16(2, 1, 5, 4_000)
  docs.push(131_072 + 5, 131_072 + 4_000)
  u16(0x7fff, 0, 0xffff)
  return { bytes: Buffer.concat(parts), docs }
}

test.each([1, 3, 8, 13, 31])('packed ints of %d bits', (bits) => {
  const values = Array.from({ length: 300 }, (_, i) => (i * 2_654_435_761) % 2 ** bits)
  let stream = values.map((value) => value.toString(2).padStart(bits, '0')).join('')
  stream = stream.padEnd(Math.ceil(stream.length / 8) * 8, '0')
  const bytes = Buffer.from([bits, ...(stream.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))])
  const out = new Int32Array(300)

  readPackedInts(new ByteReader(bytes, 'f'), out, 300)

  expect([...out]).toEqual(values)
})

test.each([
  [8, 1],
  [16, 2],
  [32, 4],
])('transposed ints of %d bits', (bits, width) => {
  const values = Array.from({ length: 300 }, (_, i) => (i * 40_503) % 2 ** Math.min(bits, 31))
  const bytes = Buffer.alloc(1 + 300 * width)
  bytes[0] = bits
  const perLong = 8 / width
  for (const [i, value] of values.entries()) {
    const within = i % 128
    const block = i - within
    // Value i of a whole block lies in lane (from the top) i / longs of long i % longs.
    const longs = 128 / perLong
    const at = i < 256 ? block + (within % longs) * perLong + (perLong - 1 - Math.floor(within / longs)) : i
    bytes.writeUIntLE(value, 1 + at * width, width)
  }
  const out = new Int32Array(300)

  readTransposedInts(new ByteReader(bytes, 'f'), out, 300)

  expect([...out]).toEqual(values)
})

test('bits are read from either end of a byte', () => {
  const bytes = hex('b4 0f')

  expect(readBits(bytes, 4, 8, false)).toBe(0x40)
  expect(readBits(bytes, 4, 8, true)).toBe(0xfb)
})

test('LZ4: literals, overlapping matches, and a match that begins in the dictionary', () => {
  const out = new Uint8Array(64)
  out.set(Buffer.from('dictionary'), 0)
  // 3 literals, a match 8 back of 6 (5 from the dictionary's end), 1 literal, an overlap of 1 over 9, 5 literals
  const block = hex('32 616263 0800 15 7a 0100 50 30 31 32 33 34')

  const end = decodeLz4(block, 0, block.length, out, 10, 10 + 3 + 6 + 1 + 9 + 5, 0, 10)

  expect(end).toBe(block.length)
  expect(Buffer.from(out.subarray(10, 34)).toString('latin1')).toBe(
    'abc' + 'onarya' + 'z' + 'zzzzzzzzz' + '01234',
  )
})

test('LZ4: no bytes still have their token', () => {
  expect(decodeLz4(hex('00'), 0, 1, new Uint8Array(0), 0, 0)).toBe(1)
})

test.each([
  ['an offset of 0', '10 61 0000 10 62'],
  ['a match before the start', '10 61 0900 10 62'],
  ['literals beyond the input', 'f0 61'],
  ['a match beyond the output', '1f 61 0100 ff ff 10 62'],
  ['an input that ends early', '10 61 01'],
])('LZ4: %s is refused', (_, block) => {
  const bytes = hex(block)

  expect(() => decodeLz4(bytes, 0, bytes.length, new Uint8Array(64), 0, 20)).toThrow(RangeError)
})

test.each([
  ['{"a":1}', 'json'],
  [' \n\t{}', 'json'],
  ['\ufeff{}', 'json'],
  ['---\na: 1', 'yaml'],
  ['hello', 'unknown'],
  ['', 'unknown'],
])('the source %j is %s', (text, format) => {
  const bytes = Buffer.from(text)

  expect(sniffSource(bytes, 0, bytes.length)).toBe(format)
})

test.each([
  ['3a290a01fafb', 'smile'],
  ['bfff', 'cbor'],
  ['a0', 'cbor'],
  ['d9d9f7a0', 'cbor'],
])('the source %s is %s', (bytes, format) => {
  expect(sniffSource(hex(bytes), 0, bytes.length / 2)).toBe(format)
})
