// The metadata of doc values (`.dvm`): only far enough to find the entry of one numeric field.
import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { skipEntry } from './doc-values-skip.ts'
import { DocValuesType, type FieldInfo } from './field-infos.ts'
import { FOOTER_LENGTH } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

/** Where the documents that have a value are listed in `.dvd`. */
export type DocsWithField = {
  /** -2 no document, -1 all of them, else the offset of an IndexedDISI. */
  offset: number
  length: number
  /** 2^n documents per rank entry of a dense block; -1 for none. */
  denseRankPower: number
}

/** Doc values formats by metadata codec. ES and OpenSearch keep their own fields (`_…`) in these in every version. */
const known = { Lucene70DocValuesMetadata: 0, Lucene80DocValuesMetadata: 2, Lucene90DocValuesMetadata: 1 }

/**
 * Finds the entry of a numeric field in `.dvm`, skipping those of other fields, and returns its list of documents.
 * Returns null where the file has no entry of that field.
 */
export function findNumericField(
  file: string,
  bytes: Uint8Array,
  id: Uint8Array,
  fields: readonly FieldInfo[],
  wanted: FieldInfo,
): DocsWithField | null {
  const reader = new ByteReader(bytes, file, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, known)
  checkId(file, header, id)
  const format = Number(/\d+/.exec(header.codec)?.[0])
  reader.littleEndian = format >= 90
  const byNumber = new Map(fields.map((field) => [field.number, field]))
  for (let number = reader.i32(); number !== -1; number = reader.i32()) {
    const field = byNumber.get(number)
    if (!field) throw corrupt(file, `it has doc values of field ${number}, which .fnm does not list`)
    const type = reader.u8()
    if (field.skipIndex) reader.skip(40)
    if (number === wanted.number) {
      if (type !== DocValuesType.numeric - 1) throw corrupt(file, `field "${field.name}" is not numeric`)
      return readDocsWithField(reader, format)
    }
    skipEntry(reader, { format, version: header.version, type, attributes: field.attributes })
  }
  return null
}

/** Format 70 has neither jump table nor rank entries. */
export function readDocsWithField(reader: ByteReader, format: number): DocsWithField {
  const offset = reader.i64()
  const length = reader.i64()
  if (format < 80) return { offset, length, denseRankPower: -1 }
  reader.u16() // jump table entries, for random access
  return { offset, length, denseRankPower: reader.i8() }
}
