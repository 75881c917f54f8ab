import { ByteReader } from './byte-reader.ts'
import { checkId, readIndexHeader } from './codec-header.ts'
import { FOOTER_LENGTH } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

/** How a field keeps its doc values: the byte of `.fnm`. */
export const DocValuesType = {
  none: 0,
  numeric: 1,
  binary: 2,
  sorted: 3,
  sortedSet: 4,
  sortedNumeric: 5,
} as const

export type FieldInfo = {
  name: string
  number: number
  docValuesType: number
  /** Generation of the newest doc values update, -1 where the field was never updated. */
  docValuesGen: number
  /** Whether the field has a skip index beside its doc values (Lucene 10). */
  skipIndex: boolean
  softDeletes: boolean
  attributes: Map<string, string>
}

const known = { Lucene50FieldInfos: 1, Lucene60FieldInfos: 2, Lucene90FieldInfos: 1, Lucene94FieldInfos: 2 }
const SOFT_DELETES_BIT = 0x8

/** Parses `.fnm` of Lucene 6 to 10, and of segments Lucene 5 left behind in a 6 index. Longs are little-endian from format 90 on. */
export function parseFieldInfos(file: string, bytes: Uint8Array, id: Uint8Array): FieldInfo[] {
  const reader = new ByteReader(bytes, file, 0, bytes.length - FOOTER_LENGTH)
  const header = readIndexHeader(reader, known)
  checkId(file, header, id)
  const format = Number(/\d+/.exec(header.codec)?.[0])
  reader.littleEndian = format >= 90
  const fields: FieldInfo[] = []
  for (let left = reader.count(14); left > 0; left--) fields.push(readField(reader, format, header.version))
  return fields
}

function readField(reader: ByteReader, format: number, version: number): FieldInfo {
  const name = reader.string()
  const number = reader.vint()
  const bits = reader.u8()
  reader.u8() // index options
  const docValuesType = reader.u8()
  if (docValuesType > DocValuesType.sortedNumeric)
    throw corrupt(reader.file, `field "${name}" has doc values of the unknown kind ${docValuesType}`)
  const skipIndex = format === 94 && version >= 2 ? reader.u8() !== 0 : false
  const docValuesGen = reader.i64()
  const attributes = reader.map()
  const pointDimensions = format >= 60 ? reader.vint() : 0
  if (pointDimensions !== 0) {
    if (format > 60 || version >= 2) reader.vint() // indexed dimensions
    reader.vint() // bytes of one
  }
  if (format >= 90) {
    reader.vint() // vector dimensions
    if (format >= 94) reader.u8() // vector encoding
    reader.u8() // vector similarity
  }
  const softDeletes = (bits & SOFT_DELETES_BIT) !== 0
  return { name, number, docValuesType, docValuesGen, skipIndex, softDeletes, attributes }
}
