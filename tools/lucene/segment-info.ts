import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

/** What `.si` says of a segment. `attributes` names, among others, the mode of the stored fields. */
export type SegmentInfo = {
  luceneVersion: string
  maxDoc: number
  compound: boolean
  attributes: Map<string, string>
}

const known = {
  Lucene50SegmentInfo: 1,
  Lucene62SegmentInfo: 1,
  Lucene70SegmentInfo: 1,
  Lucene86SegmentInfo: 0,
  Lucene90SegmentInfo: 0,
}

/** Lucene numbers documents with a signed 32-bit int and keeps the last 128 for itself. */
export const MAX_DOCS = 0x7fffffff - 128

/** Parses `.si`. Formats from 90 on are little-endian; 70 and later may name the oldest version merged in. */
export function parseSegmentInfo(file: string, bytes: Uint8Array, id: Uint8Array): SegmentInfo {
  const reader = new ByteReader(bytes, file, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, known)
  checkId(file, header, id)
  const format = Number(/\d+/.exec(header.codec)?.[0])
  reader.littleEndian = format >= 90
  const [major, minor, bugfix] = [reader.i32(), reader.i32(), reader.i32()]
  if (format >= 70 && reader.u8() === 1) reader.skip(12)
  const maxDoc = reader.i32()
  if (maxDoc < 0 || maxDoc > MAX_DOCS) throw corrupt(file, `a segment cannot have ${maxDoc} documents`)
  const compound = reader.u8() === 1
  // Lucene 9.9 added this byte without a new name or version: whether documents were added in blocks.
  if (major > 9 || (major === 9 && minor >= 9)) reader.u8()
  reader.map() // diagnostics
  reader.strings() // files of the segment
  return { luceneVersion: `${major}.${minor}.${bugfix}`, maxDoc, compound, attributes: reader.map() }
}
