// The one door to a shard's documents: commit, segments, counts, ranges, documents.
import { BitSet } from './bit-set.ts'
import { readCommit } from './commit.ts'
import type { ShardFiles } from './lucene-file.ts'
import { type DocumentBatch, type ReadOptions, readDocuments, verifyStoredFields } from './read-documents.ts'
import { RepositoryError } from './repository-error.ts'
import { openSegment, type Segment } from './segment.ts'
import type { StoredFieldsMode } from './stored-fields.ts'

export type SegmentSummary = {
  name: string
  /** Name of the whole codec in the commit, e.g. `Lucene87`. */
  codec: string
  luceneVersion: string
  maxDoc: number
  /** Live Lucene documents, nested children included. */
  liveDocs: number
  /** Format of the stored fields, which is what decides whether the segment can be read. */
  storedFields: string
  mode: StoredFieldsMode
  /** Bytes of the stored fields. */
  storedBytes: number
}

/** A part of a segment, `[from, to)` in documents, of about `bytes` stored bytes. */
export type SegmentRange = { segment: string; from: number; to: number; bytes: number }

/** `verify`: read the segment once before a part of it, so that its checksum is known. Default true, once per segment. */
export type ShardReadOptions = ReadOptions & { segment: string; verify?: boolean }

/**
 * Opens a shard: reads its commit and the small files of every segment, so that an unknown format is found here and
 * not in the middle. Throws `RepositoryError`. `nested`: whether the mapping has nested fields.
 */
export async function openShard(
  files: ShardFiles,
  options: { nested?: boolean; signal?: AbortSignal } = {},
): Promise<ShardReader> {
  const commit = await readCommit(files, options.signal)
  const segments: Segment[] = []
  for (const segment of commit.segments) segments.push(await openSegment(segment, files, options.signal))
  return new ShardReader(segments, commit.userData, options.nested ?? false)
}

export class ShardReader {
  /** In the order of the commit. */
  readonly segments: readonly SegmentSummary[]
  /** What the engine noted in the commit, e.g. `max_seq_no`. */
  readonly userData: ReadonlyMap<string, string>
  readonly #segments: Map<string, Segment>
  readonly #nested: boolean
  readonly #verified = new Map<string, Promise<void>>()

  constructor(segments: Segment[], userData: Map<string, string>, nested: boolean) {
    this.#segments = new Map(segments.map((segment) => [segment.name, segment]))
    this.#nested = nested
    this.userData = userData
    this.segments = segments.map((segment) => ({
      name: segment.name,
      codec: segment.files.commit.codec,
      luceneVersion: segment.luceneVersion,
      maxDoc: segment.maxDoc,
      liveDocs: segment.liveCount,
      storedFields: segment.stored.codec,
      mode: segment.stored.mode,
      storedBytes: segment.stored.file.length,
    }))
  }

  /**
   * How many documents `documents` will give, from metadata alone: null where nested children can only be told from
   * roots by reading (Elasticsearch 5, 6.0), see `countDocuments`.
   */
  async liveDocumentsFromMetadata(signal?: AbortSignal): Promise<number | null> {
    let total = 0
    for (const segment of this.#segments.values()) {
      const count =
        this.#nested && segment.liveCount > 0 ? await segment.countRoots(signal) : segment.liveCount
      if (count === null) return null
      total += count
    }
    return total
  }

  /** Which Lucene documents of a segment `documents` will give; null where only reading tells. */
  async documentSet(name: string, signal?: AbortSignal): Promise<BitSet | null> {
    const segment = this.#segment(name)
    if (this.#nested && segment.liveCount > 0) return segment.roots(signal)
    if (segment.live) return segment.live
    const all = new BitSet(segment.maxDoc)
    all.addRange(0, segment.maxDoc)
    return all
  }

  /** The exact number of documents; reads every document only where metadata does not tell. */
  async liveDocuments(signal?: AbortSignal): Promise<number> {
    const known = await this.liveDocumentsFromMetadata(signal)
    if (known !== null) return known
    let total = 0
    for (const segment of this.#segments.values())
      for await (const batch of readDocuments(segment, { signal })) total += batch.documents.length
    return total
  }

  /** The live documents of one segment in batches, see `readDocuments`. A view in a batch lives until the next one. */
  async *documents({
    segment: name,
    verify = true,
    ...options
  }: ShardReadOptions): AsyncGenerator<DocumentBatch> {
    const segment = this.#segment(name)
    try {
      const partial = (options.from ?? 0) > 0 || (options.to ?? segment.maxDoc) < segment.maxDoc
      if (partial && verify) await this.verify(name, options.signal)
      yield* readDocuments(segment, options)
    } catch (error) {
      throw error instanceof RepositoryError ? error.at({ segment: name }) : error
    }
  }

  /** Checks the checksum of a segment's stored fields, once. */
  verify(name: string, signal?: AbortSignal): Promise<void> {
    const running = this.#verified.get(name) ?? verifyStoredFields(this.#segment(name), signal)
    this.#verified.set(name, running)
    running.catch(() => this.#verified.delete(name))
    return running
  }

  /**
   * Cuts the shard into ranges of about `targetBytes` of stored fields at chunk boundaries, in order. A segment is
   * never joined with another, and one whose index cannot be used stays whole.
   */
  async ranges(targetBytes: number, signal?: AbortSignal): Promise<SegmentRange[]> {
    const ranges: SegmentRange[] = []
    for (const segment of this.#segments.values()) {
      if (segment.maxDoc === 0) continue
      const size = segment.stored.file.length
      const starts = size > targetBytes ? await segment.starts(signal) : []
      let from = { doc: 0, pointer: segment.stored.dataStart }
      for (const start of starts) {
        if (start.pointer - from.pointer < targetBytes) continue
        const bytes = start.pointer - from.pointer
        ranges.push({ segment: segment.name, from: from.doc, to: start.doc, bytes })
        from = start
      }
      ranges.push({ segment: segment.name, from: from.doc, to: segment.maxDoc, bytes: size - from.pointer })
    }
    return ranges
  }

  #segment(name: string): Segment {
    const segment = this.#segments.get(name)
    if (segment) return segment
    throw new RepositoryError('invalid_input', `The shard has no segment "${name}"`, {
      expected: [...this.#segments.keys()].join(', '),
      found: name,
    })
  }
}
