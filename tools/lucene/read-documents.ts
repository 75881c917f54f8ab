import { ByteWindow } from './byte-window.ts'
import { type ChunkHead, ChunkReader } from './chunk-reader.ts'
import { DocumentParser, type StoredDocument } from './document.ts'
import { cutDocuments, parseEdges } from './oversized.ts'
import { throwIfStopped } from './repository-error.ts'
import type { Segment } from './segment.ts'

/** Live documents of consecutive numbers `[from, to)` of one segment; `to` is where a resumed reader begins. */
export type DocumentBatch = {
  segment: string
  from: number
  to: number
  documents: StoredDocument[]
  /** Live documents without an id of their own: nested children. */
  nested: number
  deleted: number
}

export type ReadOptions = {
  /** First document number, default 0. */
  from?: number
  /** Exclusive, default all. */
  to?: number
  /** A document with more stored bytes than this comes without its source, as `too_large`. Default 64 MiB. */
  maxDocumentBytes?: number
  signal?: AbortSignal
}

export const MAX_DOCUMENT_BYTES = 64 << 20

/**
 * Reads the live documents of a segment in order, a batch per chunk. Reading the whole segment verifies the checksum
 * of `.fdt` as it passes, after the last batch; a part cannot, see `verifyStoredFields`.
 *
 * Memory: the largest chunk, at most `maxDocumentBytes` and two chunk sizes, and the window of the file.
 */
export async function* readDocuments(
  segment: Segment,
  options: ReadOptions = {},
): AsyncGenerator<DocumentBatch> {
  const { from = 0, to = segment.maxDoc, maxDocumentBytes = MAX_DOCUMENT_BYTES, signal } = options
  if (from >= to || segment.maxDoc === 0) return
  const reader = await openReader(segment, from, to, signal)
  const work: Work = { segment, reader, parser: parserOf(segment), from, to, maxDocumentBytes, view: null }
  try {
    for (let head = await reader.head(); head && head.docBase < to; head = await reader.head()) {
      throwIfStopped(signal)
      // The document that reaches the chunk size closes its chunk, so a larger one holds a document over the limit.
      if (head.total > maxDocumentBytes + 2 * segment.stored.chunkSize) yield* readLargeChunk(work, head)
      else {
        const bytes = await reader.payload(head)
        if (head.docBase + head.count > from) yield readChunk(work, head, bytes)
      }
    }
    if (to >= segment.maxDoc) await reader.finish()
  } finally {
    await reader.close()
  }
}

type Work = {
  segment: Segment
  reader: ChunkReader
  parser: DocumentParser
  from: number
  to: number
  maxDocumentBytes: number
  /** The chunk buffer as a Buffer, for its decoders; made again only when the buffer grows. */
  view: Buffer | null
}

function parserOf(segment: Segment): DocumentParser {
  return new DocumentParser(segment.stored.file.name, segment.files.fields)
}

function readChunk(work: Work, head: ChunkHead, payload: Uint8Array): DocumentBatch {
  const { segment, parser } = work
  if (work.view?.buffer !== payload.buffer)
    work.view = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const bytes = work.view
  const batch = emptyBatch(
    segment,
    Math.max(work.from, head.docBase),
    Math.min(work.to, head.docBase + head.count),
  )
  const { live } = segment
  let start = 0
  for (let i = 0; i < head.count; i++) {
    const end = start + (head.lengths[i] ?? 0)
    const doc = head.docBase + i
    if (doc >= batch.from && doc < batch.to) {
      if (live && !live.has(doc)) batch.deleted++
      else
        add(batch, limited(parser.parse(bytes, start, end, head.fieldCounts[i] ?? 0, doc), end - start, work))
    }
    start = end
  }
  return batch
}

function limited(
  document: StoredDocument | null,
  length: number,
  { maxDocumentBytes }: Work,
): StoredDocument | null {
  if (document === null || length <= maxDocumentBytes) return document
  return { ...document, source: null, sourceFormat: 'too_large' }
}

/** One batch per document that has bytes; those between have none, and are nested children or dead. */
async function* readLargeChunk(work: Work, head: ChunkHead): AsyncGenerator<DocumentBatch> {
  const { segment, parser, maxDocumentBytes } = work
  const last = Math.min(work.to, head.docBase + head.count)
  let next = Math.max(work.from, head.docBase)
  for await (const part of cutDocuments(head, work.reader.slices(head), maxDocumentBytes)) {
    const doc = head.docBase + part.index
    if (doc < next || doc >= last) continue
    const batch = emptyBatch(segment, next, doc + 1)
    for (; next < doc; next++) countBare(segment, batch, next)
    next = doc + 1
    const fields = head.fieldCounts[part.index] ?? 0
    if (segment.live && !segment.live.has(doc)) batch.deleted++
    else if (part.length > maxDocumentBytes) add(batch, parseEdges(parser, part, fields, doc))
    else add(batch, parser.parse(part.bytes, 0, part.length, fields, doc))
    yield batch
  }
  if (next >= last) return
  const rest = emptyBatch(segment, next, last)
  for (; next < last; next++) countBare(segment, rest, next)
  yield rest
}

function emptyBatch(segment: Segment, from: number, to: number): DocumentBatch {
  return { segment: segment.name, from, to, documents: [], nested: 0, deleted: 0 }
}

function add(batch: DocumentBatch, document: StoredDocument | null): void {
  if (document) batch.documents.push(document)
  else batch.nested++
}

function countBare(segment: Segment, batch: DocumentBatch, doc: number): void {
  if (segment.live && !segment.live.has(doc)) batch.deleted++
  else batch.nested++
}

/** A reader at the chunk that holds `from`, ending where `to` begins. */
async function openReader(
  segment: Segment,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<ChunkReader> {
  const { stored, maxDoc } = segment
  const whole = { doc: 0, pointer: stored.dataStart }
  const end = stored.file.length
  if (from === 0 && to >= maxDoc) return new ChunkReader(stored, { ...whole, maxDoc, end, signal })
  const starts = await segment.starts(signal)
  const start = starts.findLast(({ doc }) => doc <= from) ?? whole
  const stop = starts.find(({ doc }) => doc >= to)
  return new ChunkReader(stored, { ...start, maxDoc, end: stop?.pointer ?? end, signal })
}

/** Reads `.fdt` once to check its checksum: for readers that take only a part of a segment. */
export async function verifyStoredFields(segment: Segment, signal?: AbortSignal): Promise<void> {
  const { file } = segment.stored
  const window = new ByteWindow(file, { from: 0, to: file.length, checksum: true, signal })
  try {
    await window.verify()
  } finally {
    await window.close()
  }
}
