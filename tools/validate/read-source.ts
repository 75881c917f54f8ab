// The documents of an index as the target should hold them: those of the snapshot, through the backfill's transforms.
import { type DocumentTransform, TRANSFORM_BATCH } from '../rfs/transform-documents.ts'
import { bucketOf, DocumentId } from './document-id.ts'
import type { ComparisonWorker } from './worker.ts'

export type SourceDocument = { id: string; routing: string | undefined; source: Uint8Array | null }

export type SourceFilter = {
  worker: ComparisonWorker
  index: string
  shards: { source: number }
  signal: AbortSignal
  /** Only documents whose id is in one of them. A transform that changes ids is asked about all. */
  buckets?: ReadonlySet<number>
}

/** Copies: what is given stays. */
export async function* readSource(filter: SourceFilter): AsyncGenerator<SourceDocument> {
  const { worker, index, shards, signal } = filter
  for (let n = 0; n < shards.source; n++) {
    const { reader } = await worker.shards.shard(index, n)
    for (const { name: segment } of reader.segments) {
      let pending: StoredSource[] = []
      for await (const { documents } of reader.documents({ segment, signal }))
        for (const { id, type, routing, source } of documents) {
          if (worker.transform === null && !isMeant(filter, id)) continue
          pending.push({ id, type, routing, source: source === null ? null : new Uint8Array(source) })
          if (pending.length < TRANSFORM_BATCH) continue
          yield* transformed(filter, pending)
          pending = []
        }
      yield* transformed(filter, pending)
    }
  }
}

function isMeant({ buckets }: SourceFilter, id: string): boolean {
  return buckets === undefined || buckets.has(bucketOf(DocumentId.of(id)))
}

async function* transformed(filter: SourceFilter, documents: StoredSource[]): AsyncGenerator<SourceDocument> {
  const { transform } = filter.worker
  for await (const document of throughTransform(transform, filter.index, documents))
    if (transform === null || isMeant(filter, document.id)) yield document
}

type StoredSource = SourceDocument & { type?: string | undefined }

/** What the backfill's own transforms make of the documents; one that they fail on stays as it was. */
export async function* throughTransform(
  transform: DocumentTransform | null,
  index: string,
  documents: StoredSource[],
): AsyncGenerator<SourceDocument> {
  if (transform === null) {
    yield* documents
    return
  }
  const asked = documents.map(({ id, type, routing, source }) => ({
    index,
    id,
    ...(type === undefined ? {} : { type }),
    ...(routing === undefined ? {} : { routing }),
    source: source ?? new Uint8Array(0),
  }))
  for (const [at, result] of (await transform.apply(asked)).entries()) {
    const document = documents[at]
    if (document === undefined || result.kind === 'dropped') continue
    if (result.kind === 'failed') yield document
    else yield { id: result.id, routing: result.routing, source: result.source }
  }
}
