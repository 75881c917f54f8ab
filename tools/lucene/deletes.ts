// Which documents of a segment live: hard deletes in `.liv`, soft deletes in a numeric doc values field.
import { BitSet } from './bit-set.ts'
import type { SegmentCommit } from './commit.ts'
import { requireFile } from './compound.ts'
import { type DocsWithField, findNumericField } from './doc-values.ts'
import { DocValuesType, type FieldInfo } from './field-infos.ts'
import { readIndexedDisi } from './indexed-disi.ts'
import { parseLiveDocs } from './live-docs.ts'
import { FOOTER_LENGTH, readVerified, type ShardFiles } from './lucene-file.ts'
import { corrupt } from './repository-error.ts'

/** The field of Elasticsearch 6.5 and later and of OpenSearch; the flag in `.fnm` may name another. */
const SOFT_DELETES_FIELD = '__soft_deletes'

export type SegmentFiles = {
  commit: SegmentCommit
  maxDoc: number
  fields: readonly FieldInfo[]
  /** Files beside a compound file, and files inside it. */
  outer: ShardFiles
  inner: ShardFiles
}

/** The live documents, or null where nothing was deleted. Throws `corrupt` where the counts of the commit differ. */
export async function readLiveDocs(segment: SegmentFiles, signal?: AbortSignal): Promise<BitSet | null> {
  const { commit, maxDoc, outer } = segment
  let live: BitSet | null = null
  if (commit.delGen >= 0) {
    const file = requireFile(outer, `${commit.name}_${commit.delGen.toString(36)}.liv`)
    const bytes = await readVerified(file, signal)
    live = parseLiveDocs(file.name, bytes, { id: commit.id, maxDoc, delCount: commit.delCount })
  } else if (commit.delCount > 0)
    throw corrupt(`${commit.name}.liv`, `the commit counts ${commit.delCount} deletes and names no file`)

  const dead = await readSoftDeletes(segment, signal)
  if (!dead) {
    checkSoftDeletes(segment, 0)
    return live
  }
  const before = live ? live.count() : maxDoc
  if (!live) {
    live = new BitSet(maxDoc)
    live.addRange(0, maxDoc)
  }
  live.remove(dead)
  checkSoftDeletes(segment, before - live.count())
  return live
}

/** Fewer than the commit counts would bring dead documents back, more would lose live ones. */
function checkSoftDeletes({ commit }: SegmentFiles, found: number): void {
  if (commit.softDelCount === null || commit.softDelCount === found) return
  throw corrupt(commit.name, 'its soft deletes are not those the commit counts', {
    expected: commit.softDelCount,
    found,
  })
}

async function readSoftDeletes(segment: SegmentFiles, signal?: AbortSignal): Promise<BitSet | null> {
  const field =
    segment.fields.find(({ softDeletes }) => softDeletes) ??
    segment.fields.find(({ name }) => name === SOFT_DELETES_FIELD)
  if (!field || field.docValuesType !== DocValuesType.numeric) return null
  return readDocsWithField(segment, field, signal)
}

/**
 * The documents that have a value of `field`, from its newest generation of doc values.
 * Null where the segment has no doc values of it.
 */
export async function readDocsWithField(
  segment: SegmentFiles,
  field: FieldInfo,
  signal?: AbortSignal,
): Promise<BitSet | null> {
  const { commit, maxDoc, outer, inner, fields } = segment
  const name = docValuesName(commit.name, field)
  const files = field.docValuesGen >= 0 ? outer : inner
  const meta = requireFile(files, `${name}.dvm`)
  const bytes = await readVerified(meta, signal)
  const docs = findNumericField(meta.name, bytes, commit.id, fields, field)
  if (!docs || docs.offset === -2) return null
  if (docs.offset === -1) {
    const all = new BitSet(maxDoc)
    all.addRange(0, maxDoc)
    return all
  }
  return readDisi(files, `${name}.dvd`, docs, maxDoc, signal)
}

/** Doc values files no larger than this are read and verified whole; of larger ones only the list is read. */
const VERIFY_WHOLE = 16 << 20

async function readDisi(
  files: ShardFiles,
  name: string,
  docs: DocsWithField,
  maxDoc: number,
  signal?: AbortSignal,
): Promise<BitSet> {
  const file = requireFile(files, name)
  const { offset, length } = docs
  if (offset < 0 || length < 0 || offset + length > file.length - FOOTER_LENGTH)
    throw corrupt(file.name, `its list of documents at byte ${offset} reaches beyond its end`)
  // Of a file too large to verify here, the list is held against the commit's own count instead.
  const bytes =
    file.length <= VERIFY_WHOLE
      ? (await readVerified(file, signal)).subarray(offset, offset + length)
      : await file.read(offset, length, signal)
  const head = await file.read(0, Math.min(64, file.length), signal)
  const littleEndian = isLittleEndian(head)
  return readIndexedDisi(file.name, bytes, maxDoc, { littleEndian, denseRankPower: docs.denseRankPower })
}

/** Doc values of Lucene 9 and later; the codec name of `.dvd` follows magic and length. */
function isLittleEndian(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(5, 13)).toString('latin1') === 'Lucene90'
}

/** `_1_2_Lucene80_0`: segment, generation of an update, and the format and suffix of the field. */
function docValuesName(segment: string, field: FieldInfo): string {
  const parts = [segment]
  if (field.docValuesGen >= 0) parts.push(field.docValuesGen.toString(36))
  const format = field.attributes.get('PerFieldDocValuesFormat.format')
  const suffix = field.attributes.get('PerFieldDocValuesFormat.suffix')
  if (format !== undefined && suffix !== undefined) parts.push(format, suffix)
  return parts.join('_')
}
