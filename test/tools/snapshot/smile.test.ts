import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodeBlob, decodeBody } from '../../../tools/snapshot/blob-codec.ts'
import { decodeSmile } from '../../../tools/snapshot/smile.ts'

const smile = (body: string, flags = '01') =>
  decodeSmile(Buffer.from(`3a290a${flags}${body.replaceAll(' ', '')}`, 'hex'), 'f')

test.each([
  ['20', ''],
  ['21', null],
  ['22', false],
  ['23', true],
  ['c0', 0],
  ['c1', -1],
  ['df', -16],
  ['24 01 80', 32],
  ['24 1f 7f 7f 7f bf', -(2 ** 31)],
  ['25 03 7f 7f 7f 7f 7f 7f 7f 7f bf', -(2n ** 63n)],
  ['40 61', 'a'],
  [`5f ${'61'.repeat(32)}`, 'a'.repeat(32)],
  [`60 ${'61'.repeat(33)}`, 'a'.repeat(33)],
  [`7f ${'61'.repeat(64)}`, 'a'.repeat(64)],
  ['80 c3a9', 'é'],
  [`a0 ${'c3a9'.repeat(17)}`, 'é'.repeat(17)],
  [`e0 ${'61'.repeat(70)} fc`, 'a'.repeat(70)],
  ['e4 c3a9 fc', 'é'],
  ['28 03 7c 00 00 00', 1],
  ['29 00 3f 78 00 00 00 00 00 00 00', 1],
  ['f8 c2 c4 f9', [1, 2]],
  ['fd 83 010203', Uint8Array.of(1, 2, 3)],
])('%s', (body, value) => {
  expect(smile(body)).toEqual(value)
})

test('a 7-bit binary and a big integer', () => {
  // ff 00 ff in groups of 7 bits: 1111111 1000000 0011111 and the last 3 bits 111
  expect(smile('e8 83 7f 40 1f 07')).toEqual(Uint8Array.of(0xff, 0x00, 0xff))
  expect(smile('26 82 00 40 00')).toBe(0x0100n)
})

test('names are shared, the table starts over after 1,024', () => {
  const names = Array.from({ length: 1_025 }, (_, i) => `n${String(i).padStart(4, '0')}`)
  const fields = names.map((name) => `84${Buffer.from(name).toString('hex')}c2`).join('')

  // After the 1,025th the first reference is that very name.
  expect(smile(`fa ${fields} 40 c4 fb`)).toMatchObject({ n0000: 1, n1023: 1, n1024: 2 })
  expect(smile('fa 80 61 c2 fb')).toEqual({ a: 1 })
  expect(smile('f8 fa 80 61 c2 fb fa 40 c4 fb f9')).toEqual([{ a: 1 }, { a: 2 }])
})

test('a reference beyond the first 64 takes two bytes', () => {
  const names = Array.from(
    { length: 70 },
    (_, i) => `81${Buffer.from(String(i).padStart(2, '0')).toString('hex')}c2`,
  )

  expect(smile(`f8 fa ${names.join('')} fb fa 3045 c4 fb f9`)).toMatchObject([{}, { 69: 2 }])
})

test('shared strings, where the header announces them', () => {
  expect(smile('f8 42 616263 01 f9', '03')).toEqual(['abc', 'abc'])
  expect(() => smile('f8 42 616263 01 f9', '01')).toThrow('never given')
})

test('__proto__ is a name like any other', () => {
  expect(Object.keys(smile(`fa 88 ${Buffer.from('__proto__').toString('hex')} c2 fb`) ?? {})).toEqual([
    '__proto__',
  ])
})

test.each([
  ['a reference to nothing', 'fa 40 c2 fb'],
  ['an unknown byte', '2f'],
  ['an object without an end', 'fa 80 61 c2'],
  ['a string without an end', 'e0 6161'],
  ['a length beyond the end', 'fd 0f7f7f7fbf 00'],
  ['a number without an end', '25 01 01 01 01 01 01 01 01 01 01 01 81'],
  ['text that is not UTF-8', '80 ffff'],
  ['nesting without measure', 'f8'.repeat(100_000)],
])('%s is refused', (_, body) => {
  expect(() => smile(body)).toThrow(expect.objectContaining({ name: 'RepositoryError', file: 'f' }))
})

function blob(codec: string, body: Uint8Array, version = 1): Buffer {
  const head = Buffer.from([0x3f, 0xd7, 0x6c, 0x17, codec.length, ...Buffer.from(codec), 0, 0, 0, version])
  const all = Buffer.concat([head, body, Buffer.from('c02893e8000000000000000000000000', 'hex')])
  all.writeUInt32BE(crc32(all.subarray(0, -8)), all.length - 4)
  return all
}

const plain = Buffer.from('3a290a01fa8061c2fb', 'hex')

test.each([
  ['as it is', plain],
  ['DEFLATE', Buffer.concat([Buffer.from('DFL\0', 'latin1'), deflateRawSync(plain)])],
  ['zstd', Buffer.concat([Buffer.from('ZSTD\0', 'latin1'), zstdCompressSync(plain)])],
  ['JSON', Buffer.from('{"a":1}')],
])('a body %s', (_, body) => {
  expect(decodeBlob('f', blob('metadata', body), 'metadata')).toEqual({ a: 1 })
})

test.each<[string, Buffer, string]>([
  ['of another kind', blob('snapshot', plain), 'corrupt'],
  ['of a newer version', blob('metadata', plain, 2), 'format_newer'],
  ['with a flipped bit', blob('metadata', plain).fill(9, 20, 21), 'checksum_mismatch'],
  ['without a footer', blob('metadata', plain).subarray(0, -16), 'corrupt'],
  ['of nothing', Buffer.alloc(0), 'blob_truncated'],
  ['that does not decompress', blob('metadata', Buffer.from('DFL\0nonsense', 'latin1')), 'corrupt'],
  ['that is neither SMILE nor JSON', blob('metadata', Buffer.from('hello')), 'corrupt'],
])('a blob %s is refused', (_, bytes, code) => {
  expect(() => decodeBlob('f', bytes, 'metadata')).toThrow(expect.objectContaining({ code, file: 'f' }))
})

test('a compressed mapping is a body of its own', () => {
  const body = Buffer.concat([Buffer.from('DFL\0', 'latin1'), deflateRawSync('{"doc":{}}')])

  expect(decodeBody('f', body)).toEqual({ doc: {} })
})
