import { BitSet } from './bit-set.ts'
import { ByteReader } from './byte-reader.ts'
import { corrupt } from './repository-error.ts'

const BLOCK = 65_536
/** From this many documents on a block is a bit set; below it, a list. */
const DENSE = 4_096
const NO_MORE_DOCS_BLOCK = 0x7fff

/**
 * Decodes Lucene's IndexedDISI: blocks of 65,536 documents, each sparse (a list of 16-bit numbers), dense (an optional
 * rank table, then 1,024 longs) or full, ended by a block for the document number 2^31 - 1.
 */
export function readIndexedDisi(
  file: string,
  bytes: Uint8Array,
  size: number,
  options: { littleEndian: boolean; denseRankPower: number },
): BitSet {
  const docs = new BitSet(size)
  const reader = new ByteReader(bytes, file, 0, bytes.length, options.littleEndian)
  let last = -1
  while (reader.remaining >= 4) {
    const block = reader.u16()
    const cardinality = reader.u16() + 1
    if (block === NO_MORE_DOCS_BLOCK) return docs
    if (block <= last) throw corrupt(file, `block ${block} comes after block ${last}`)
    last = block
    const base = block * BLOCK
    if (cardinality < DENSE) readSparse(reader, docs, base, cardinality)
    else if (cardinality === BLOCK) addFull(reader, docs, base)
    else readDense(reader, docs, base, cardinality, options.denseRankPower)
  }
  throw corrupt(file, 'its list of documents has no end')
}

function readSparse(reader: ByteReader, docs: BitSet, base: number, cardinality: number): void {
  let previous = -1
  for (let i = 0; i < cardinality; i++) {
    const doc = base + reader.u16()
    if (doc <= previous || doc >= docs.size) throw corrupt(reader.file, `document ${doc} is out of place`)
    docs.add(doc)
    previous = doc
  }
}

function addFull(reader: ByteReader, docs: BitSet, base: number): void {
  if (base + BLOCK > docs.size)
    throw corrupt(reader.file, `block ${base / BLOCK} reaches beyond the last document`)
  docs.addRange(base, base + BLOCK)
}

function readDense(reader: ByteReader, docs: BitSet, base: number, cardinality: number, power: number): void {
  if (power !== -1) {
    if (power < 7 || power > 15) throw corrupt(reader.file, `a rank table of power ${power} cannot be`)
    reader.skip((BLOCK >>> power) * 2)
  }
  let found = 0
  for (let word = 0; word < BLOCK / 32; word += 2) {
    const first = reader.i32()
    const second = reader.i32()
    found += addWord(docs, base + word * 32, reader.littleEndian ? first : second)
    found += addWord(docs, base + word * 32 + 32, reader.littleEndian ? second : first)
  }
  if (found !== cardinality)
    throw corrupt(reader.file, `block ${base / BLOCK} does not hold the documents it counts`, {
      expected: cardinality,
      found,
    })
}

function addWord(docs: BitSet, base: number, word: number): number {
  let added = 0
  for (let bits = word; bits !== 0; bits &= bits - 1) {
    const doc = base + 31 - Math.clz32(bits & -bits)
    if (doc >= docs.size) break
    docs.add(doc)
    added++
  }
  return added
}
