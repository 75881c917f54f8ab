import type { BitSet } from './bit-set.ts'
import { type ChunkStart, readChunkStarts } from './chunk-index.ts'
import type { SegmentCommit } from './commit.ts'
import { openCompound, requireFile } from './compound.ts'
import { readDocsWithField, readLiveDocs, type SegmentFiles } from './deletes.ts'
import { DocValuesType, parseFieldInfos } from './field-infos.ts'
import { readVerified, type ShardFiles } from './lucene-file.ts'
import { placed } from './repository-error.ts'
import { parseSegmentInfo } from './segment-info.ts'
import { openStoredFields, type StoredFields } from './stored-fields.ts'

/** A segment opened for reading: everything but its documents is known, and its formats are ones this reader has. */
export class Segment {
  readonly files: SegmentFiles
  readonly stored: StoredFields
  /** Null where nothing was deleted. */
  readonly live: BitSet | null
  readonly luceneVersion: string
  #starts: Promise<ChunkStart[]> | undefined

  constructor(files: SegmentFiles, stored: StoredFields, live: BitSet | null, luceneVersion: string) {
    this.files = files
    this.stored = stored
    this.live = live
    this.luceneVersion = luceneVersion
  }

  get name(): string {
    return this.files.commit.name
  }

  get maxDoc(): number {
    return this.files.maxDoc
  }

  /** Live Lucene documents: nested children count too. */
  get liveCount(): number {
    return this.live ? this.live.count() : this.maxDoc
  }

  /** Where reading can begin; held for the next asker. */
  starts(signal?: AbortSignal): Promise<ChunkStart[]> {
    const { inner, commit, maxDoc } = this.files
    this.#starts ??= readChunkStarts(inner, { name: commit.name, id: commit.id, maxDoc }, this.stored, signal)
    return this.#starts
  }

  /**
   * Live documents that are not nested children, told by `_primary_term`, which only roots have since Elasticsearch
   * 6.1. Null where the version has no such doc values; then only reading every document tells.
   */
  async countRoots(signal?: AbortSignal): Promise<number | null> {
    return (await this.roots(signal))?.count() ?? null
  }

  /** Which documents those are. */
  async roots(signal?: AbortSignal): Promise<BitSet | null> {
    const field = this.files.fields.find(({ name }) => name === '_primary_term')
    if (!field || field.docValuesType !== DocValuesType.numeric) return null
    const roots = await readDocsWithField(this.files, field, signal)
    if (!roots) return null
    if (this.live) roots.keep(this.live)
    return roots
  }
}

/** Opens one segment of a commit. Throws `codec_unknown` before any document is read. */
export function openSegment(
  commit: SegmentCommit,
  outer: ShardFiles,
  signal?: AbortSignal,
): Promise<Segment> {
  return placed({ segment: commit.name }, async () => {
    const { name, id } = commit
    const si = requireFile(outer, `${name}.si`)
    const info = parseSegmentInfo(si.name, await readVerified(si, signal), id)
    const inner = info.compound ? await openCompound(outer, name, id, signal) : outer
    const stored = await openStoredFields(inner, name, id, signal)
    const fnm =
      commit.fieldInfosGen >= 0
        ? requireFile(outer, `${name}_${commit.fieldInfosGen.toString(36)}.fnm`)
        : requireFile(inner, `${name}.fnm`)
    const fields = parseFieldInfos(fnm.name, await readVerified(fnm, signal), id)
    const files: SegmentFiles = { commit, maxDoc: info.maxDoc, fields, outer, inner }
    const live = await readLiveDocs(files, signal)
    return new Segment(files, stored, live, info.luceneVersion)
  })
}
