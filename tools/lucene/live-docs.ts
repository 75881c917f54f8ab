import { BitSet } from './bit-set.ts'
import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

const known = { Lucene50LiveDocs: 0, Lucene90LiveDocs: 0 }

/**
 * Parses `.liv`: a bit per document, set where it lives, in 64-bit words of the format's byte order.
 * The number of dead ones must be the commit's `delCount`, as Lucene itself demands.
 */
export function parseLiveDocs(
  file: string,
  bytes: Uint8Array,
  segment: { id: Uint8Array; maxDoc: number; delCount: number },
): BitSet {
  const reader = new ByteReader(bytes, file, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, known)
  checkId(file, header, segment.id)
  reader.littleEndian = header.codec === 'Lucene90LiveDocs'
  const live = new BitSet(segment.maxDoc)
  const longs = Math.ceil(segment.maxDoc / 64)
  if (reader.remaining !== longs * 8)
    throw corrupt(file, 'its length does not fit the segment', {
      expected: longs * 8,
      found: reader.remaining,
    })
  for (let word = 0; word < longs * 2; word += 2) {
    const first = reader.i32()
    const second = reader.i32()
    const [low, high] = reader.littleEndian ? [first, second] : [second, first]
    live.words[word] = low
    if (word + 1 < live.words.length) live.words[word + 1] = high
    else if (high !== 0) throw corrupt(file, 'it marks documents beyond the end of the segment')
  }
  const dead = segment.maxDoc - live.count()
  if (dead !== segment.delCount)
    throw corrupt(file, 'its deleted documents are not those of the commit', {
      expected: segment.delCount,
      found: dead,
    })
  return live
}
