// Lengths of doc values entries in `.dvm`, so that the wanted one can be reached. Formats 70, 80 and 90.
import type { ByteReader } from './byte-reader.ts'
import { corrupt } from './repository-error.ts'

export type EntryShape = {
  /** 70, 80 or 90. */
  format: number
  version: number
  /** 0 numeric, 1 binary, 2 sorted, 3 sorted set, 4 sorted numeric. */
  type: number
  attributes: ReadonlyMap<string, string>
}

const LONG = 8

/** Steps over one entry. Throws `corrupt` for an unknown kind. */
export function skipEntry(reader: ByteReader, shape: EntryShape): void {
  if (shape.type === 0) skipNumeric(reader, shape)
  else if (shape.type === 1) skipBinary(reader, shape)
  else if (shape.type === 2) skipSorted(reader, shape)
  else if (shape.type === 3) skipSortedSet(reader, shape)
  else if (shape.type === 4) skipSortedNumeric(reader, shape)
  else throw corrupt(reader.file, `doc values of the unknown kind ${shape.type}`)
}

function skipDocsWithField(reader: ByteReader, { format }: EntryShape): void {
  reader.skip(2 * LONG)
  if (format >= 80) reader.skip(3)
}

/** Returns how many values the field has. */
function skipNumeric(reader: ByteReader, shape: EntryShape): number {
  skipDocsWithField(reader, shape)
  const values = reader.i64()
  const tableSize = reader.i32()
  if (tableSize > 256) throw corrupt(reader.file, `a table of ${tableSize} values cannot be`)
  if (tableSize > 0) reader.skip(tableSize * LONG)
  reader.skip(1 + (shape.format >= 80 ? 5 : 4) * LONG) // bits per value, then offsets
  return values
}

function skipBinary(reader: ByteReader, shape: EntryShape): void {
  const compressed = hasCompressedBinary(shape)
  reader.skip(2 * LONG)
  skipDocsWithField(reader, shape)
  const documents = reader.i32()
  const shortest = reader.i32()
  const longest = reader.i32()
  if (!compressed && shortest >= longest) return
  reader.skip(LONG)
  let addresses = documents + 1
  if (compressed) {
    addresses = reader.vint()
    reader.vint() // documents per chunk, as a shift
    reader.vint() // largest chunk
  }
  skipMonotonic(reader, addresses, reader.vint())
  reader.skip(LONG)
}

/** Lucene 8.5 compresses all binary fields, 8.8 and later those whose mode asks for it. */
function hasCompressedBinary({ format, version, attributes }: EntryShape): boolean {
  if (format !== 80) return false
  return version >= 2 ? attributes.get('Lucene80DocValuesFormat.mode') === 'BEST_COMPRESSION' : version === 1
}

function skipSorted(reader: ByteReader, shape: EntryShape): void {
  if (shape.format >= 90) {
    skipNumeric(reader, shape)
  } else {
    skipDocsWithField(reader, shape)
    reader.skip(4 + 1 + 2 * LONG)
  }
  skipTerms(reader, shape)
}

function skipSortedSet(reader: ByteReader, shape: EntryShape): void {
  const many = reader.u8()
  if (many > 1) throw corrupt(reader.file, `a sorted set marked ${many} cannot be`)
  if (many === 0) {
    skipSorted(reader, shape)
    return
  }
  if (shape.format >= 90) {
    skipSortedNumeric(reader, shape)
  } else {
    skipDocsWithField(reader, shape)
    reader.skip(1 + 2 * LONG)
    const documents = reader.i32()
    reader.skip(LONG)
    skipMonotonic(reader, documents + 1, reader.vint())
    reader.skip(LONG)
  }
  skipTerms(reader, shape)
}

function skipSortedNumeric(reader: ByteReader, shape: EntryShape): void {
  const values = skipNumeric(reader, shape)
  const documents = reader.i32()
  if (documents === values) return
  reader.skip(LONG)
  skipMonotonic(reader, documents + 1, reader.vint())
  reader.skip(LONG)
}

/** Shift and code of a terms dictionary compressed with LZ4, as Lucene 8.8 to 8.11 write them in one int. */
const LZ4_TERMS = (6 << 16) | 1

function skipTerms(reader: ByteReader, { format }: EntryShape): void {
  const terms = reader.vlong()
  let blockShift = 6
  let compressed = format >= 90
  if (format < 90) {
    const code = reader.i32()
    compressed = code === LZ4_TERMS
    if (!compressed) blockShift = code
  }
  const monotonicShift = reader.i32()
  skipMonotonic(reader, blocks(reader, terms, blockShift), monotonicShift)
  reader.skip(4)
  if (compressed) reader.skip(4)
  reader.skip(4 * LONG)
  skipMonotonic(reader, blocks(reader, terms, reader.i32()) + 1, monotonicShift)
  reader.skip(4 * LONG)
}

/** Metadata of a DirectMonotonic sequence: 21 bytes per block of 2^shift values. */
function skipMonotonic(reader: ByteReader, values: number, shift: number): void {
  reader.skip(blocks(reader, values, shift) * 21)
}

function blocks(reader: ByteReader, values: number, shift: number): number {
  if (shift < 0 || shift > 30 || values < 0)
    throw corrupt(reader.file, `${values} values in blocks of 2^${shift} cannot be`)
  return Math.ceil(values / 2 ** shift)
}
