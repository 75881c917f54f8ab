import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BulkBatch, type Line } from '../../../tools/rfs/bulk-batch.ts'
import { copyOnOneLine } from '../../../tools/rfs/source-bytes.ts'

const line = (id: string, source: string, routing?: string, doc = 0): Line => {
  const bytes = Buffer.from(source)
  return { doc, id, routing, source: bytes, sourceLength: bytes.length }
}
const bodyOf = (...lines: Line[]) => {
  const batch = new BulkBatch(Buffer.alloc(1 << 16))
  for (const each of lines) expect(batch.add('index', each)).toBe(true)
  return batch.buffer.subarray(0, batch.length).toString('utf8')
}
const oneLine = (source: string | Uint8Array) => {
  const bytes = Buffer.from(source)
  const out = Buffer.alloc(bytes.length)
  const end = copyOnOneLine(bytes, out, 0)
  return end < 0 ? null : out.subarray(0, end).toString('utf8')
}

test('a body is action and source, each on its line, byte for byte', () => {
  expect(bodyOf(line('1', '{"price":1.10,"n":9007199254740993}'), line('2', '{ }', 'r'))).toBe(
    '{"index":{"_id":"1"}}\n{"price":1.10,"n":9007199254740993}\n{"index":{"_id":"2","routing":"r"}}\n{ }\n',
  )
})

test.each([
  ['quotes and backslashes', 'a"b\\c'],
  ['control characters', 'a\n\t\u0000b'],
  ['beyond the basic plane', 'ünïcödé-🦊'],
  ['half a surrogate', 'a\ud800b'],
  ['line separators', 'a\u2028b'],
])('an id with %s comes back from its action line', (_, id) => {
  const [action = ''] = bodyOf(line(id, '{}', id)).split('\n')

  expect(JSON.parse(action)).toEqual({ index: { _id: id, routing: id } })
})

test('line feeds outside strings go, everything else stays', () => {
  expect(oneLine('{\n  "a" : [\n1,\r\n2 ],\n "b":"x\\ny\\\\",\t"c\\"\\n":1}\n')).toBe(
    '{  "a" : [1,\r2 ], "b":"x\\ny\\\\",\t"c\\"\\n":1}',
  )
})

test.each([
  ['within a string', '{"a":"x\ny"}'],
  ['after a backslash within a string', '{"a":"x\\\ny"}'],
])('a line feed %s is refused and never removed in silence', (_, source) => {
  expect(oneLine(source)).toBeNull()
  const batch = new BulkBatch(Buffer.alloc(256))
  expect(batch.add('index', line('1', source))).toBe(false)
  expect(batch).toMatchObject({ length: 0, isEmpty: true, sourceBytes: 0 })
})

test('pretty-printed JSON of any shape stays the same JSON on one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 6 }), (value, indent) => {
      const pretty = JSON.stringify({ value }, null, indent)
      const flat = oneLine(pretty)

      expect(flat).not.toContain('\n')
      expect(JSON.parse(flat ?? '')).toEqual(JSON.parse(pretty))
    }),
  )
})

test('what is left after a partial failure is sent again as it was, wherever it stood', () => {
  const batch = new BulkBatch(Buffer.alloc(1 << 12))
  for (let i = 0; i < 6; i++) batch.add('create', line(`id-${i}`, `{"n":${i}}`, undefined, i))
  const left = batch.entries.filter(({ doc }) => doc === 1 || doc === 4)

  const again = Buffer.from(batch.compact(left)).toString('utf8')

  expect(again).toBe('{"create":{"_id":"id-1"}}\n{"n":1}\n{"create":{"_id":"id-4"}}\n{"n":4}\n')
  expect(left.map((entry) => batch.sourceOf(entry).toString())).toEqual(['{"n":1}', '{"n":4}'])
})

test('a batch never runs out of its buffer, whatever the id', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 12 }), (ids) => {
      const batch = new BulkBatch(Buffer.alloc(512))
      for (const id of ids) {
        const next = line(id, '{"a":1}', id)
        if (!batch.hasRoom(next)) break
        batch.add('index', next)
      }
      const lines = batch.buffer.subarray(0, batch.length).toString('utf8').split('\n')
      expect(lines.length).toBe(batch.entries.length * 2 + 1)
      for (const [i, { id }] of batch.entries.entries())
        expect(JSON.parse(lines[i * 2] ?? '')).toEqual({ index: { _id: id, routing: id } })
    }),
  )
})
