// `documents`: a line per live document of a snapshot.
import { createHash } from 'node:crypto'
import type { StoredDocument } from '../lucene/document.ts'
import { RepositoryError } from '../lucene/repository-error.ts'
import type { IndexMetadata } from './index-metadata.ts'
import type { ChosenSnapshot, Repository } from './repository.ts'

export type DocumentLine = {
  index: string
  shard: number
  segment: string
  doc: number
  /** Only for source versions that have mapping types. */
  type?: string
  id: string
  routing?: string
  /** In bytes. */
  sourceLength: number
  /** Hex; null where there are no bytes to hash. */
  sourceSha256: string | null
  /** Only where it is not `json`: what the bytes are, or why there are none. */
  sourceFormat?: string
  source?: string
}

type Options = {
  withSource: boolean
  signal?: AbortSignal
  /** A shard that cannot be read to its end; the others go on. */
  onError: (error: RepositoryError) => void
}

/** Lines in the order index name, shard, segment of the commit, document. */
export async function* documentLines(
  repository: Repository,
  snapshot: ChosenSnapshot,
  names: readonly string[],
  { withSource, signal, onError }: Options,
): AsyncGenerator<DocumentLine> {
  for (const name of names) {
    const metadata = await repository.indexMetadata(snapshot, name, signal)
    for (let shard = 0; shard < metadata.shards; shard++) {
      try {
        yield* shardLines(repository, snapshot, metadata, shard, withSource, signal)
      } catch (error) {
        if (!(error instanceof RepositoryError) || error.code === 'stopped') throw error
        onError(error.at({ snapshot: snapshot.entry.name, index: name, shard }))
      }
    }
  }
}

async function* shardLines(
  repository: Repository,
  snapshot: ChosenSnapshot,
  metadata: IndexMetadata,
  shard: number,
  withSource: boolean,
  signal?: AbortSignal,
): AsyncGenerator<DocumentLine> {
  const reader = await repository.shard(snapshot, metadata, shard, signal)
  for (const { name: segment } of reader.segments)
    for await (const batch of reader.documents({ segment, signal }))
      for (const document of batch.documents)
        yield lineOf({ index: metadata.name, shard, segment }, document, metadata, withSource)
}

function lineOf(
  place: { index: string; shard: number; segment: string },
  document: StoredDocument,
  metadata: IndexMetadata,
  withSource: boolean,
): DocumentLine {
  const { doc, id, routing, source, sourceFormat, sourceLength } = document
  const type = document.type ?? metadata.type
  return {
    ...place,
    doc,
    ...(metadata.typed && type !== null ? { type } : {}),
    id,
    ...(routing === undefined ? {} : { routing }),
    sourceLength,
    sourceSha256: source ? createHash('sha256').update(source).digest('hex') : null,
    ...(sourceFormat === 'json' ? {} : { sourceFormat }),
    ...(withSource && source ? { source: textOf(source, sourceFormat) } : {}),
  }
}

/** Text formats as they are, binary ones in base64. */
function textOf(source: Uint8Array, format: string): string {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength)
  return bytes.toString(format === 'json' || format === 'yaml' ? 'utf8' : 'base64')
}
