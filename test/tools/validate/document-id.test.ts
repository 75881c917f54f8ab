import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, DocumentId } from '../../../tools/validate/document-id.ts'

test('an id is the same from text and from bytes, whatever the one before it was', () => {
  const [written, copied] = [new DocumentId(), new DocumentId()]
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 500, maxLength: 2_000 }))
  fc.assert(
    fc.property(text, fc.nat(9), (id, before) => {
      const bytes = Buffer.from(id)
      written.write(id)
      copied.copy(Buffer.concat([Buffer.alloc(before, 'x'), bytes]), before, before + bytes.length)

      for (const each of [written, copied, DocumentId.of(id)]) {
        expect(Buffer.from(each.bytes.subarray(0, each.length))).toEqual(bytes)
        expect(each.toString()).toBe(bytes.toString())
        expect(bucketOf(each)).toBe(bucketOf(written))
      }
    }),
    { numRuns: 500 },
  )
})

test('ids spread over all buckets', () => {
  const buckets = new Set(Array.from({ length: 5_000 }, (_, n) => bucketOf(DocumentId.of(`id-${n}`))))

  expect(buckets.size).toBe(256)
})
