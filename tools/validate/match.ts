// Documents of the source beside those that the target has under their ids.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { DocumentHasher } from './digest.ts'
import { DocumentId } from './document-id.ts'
import { differencesOf } from './json-difference.ts'
import { type Found, findByIds } from './look-up.ts'
import type { Difference } from './outcome.ts'
import type { SourceDocument } from './read-source.ts'
import { hashOf } from './source-task.ts'

export type Matched = { document: SourceDocument; difference: Difference | null }

type Place = {
  client: ClusterClient
  index: string
  targetIndex: string
  /** Ids that the backfill kept as rejected. */
  rejected: ReadonlySet<string>
  signal: AbortSignal
}

/**
 * What became of each document of a batch; null where it is the same. Of several with its id the target's equal one is
 * taken, else the one with its routing.
 */
export async function match(place: Place, batch: readonly SourceDocument[]): Promise<Matched[]> {
  const { client, index, targetIndex, rejected, signal } = place
  const ids = batch.map(({ id }) => id)
  const byId = Map.groupBy(await findByIds(client, targetIndex, ids, signal), ({ id }) => id)
  const hasher = new DocumentHasher()
  return batch.map((document) => {
    const { id, routing = null } = document
    const candidates = byId.get(id) ?? []
    const equal = candidates.find((each) => isSame(hasher, document, each))
    const found = equal ?? candidates.find((each) => each.routing === document.routing) ?? candidates[0]
    if (found === undefined)
      return { document, difference: { index, kind: rejected.has(id) ? 'rejected' : 'missing', id, routing } }
    candidates.splice(candidates.indexOf(found), 1)
    return { document, difference: equal === undefined ? differenceOf(index, document, found) : null }
  })
}

function isSame(hasher: DocumentHasher, a: SourceDocument, b: Found): boolean {
  const id = DocumentId.of(a.id)
  return hashOf(hasher, id, a.routing, a.source) === hashOf(hasher, id, b.routing, b.source)
}

function differenceOf(index: string, { id, routing, source }: SourceDocument, found: Found): Difference {
  const nothing = new Uint8Array(0)
  const paths = differencesOf(source ?? nothing, found.source ?? nothing)
  const targetRouting = found.routing === routing ? {} : { targetRouting: found.routing ?? null }
  const kind = paths.length === 0 ? 'routing' : 'different'
  return {
    index,
    kind,
    id,
    routing: routing ?? null,
    ...targetRouting,
    ...(paths.length > 0 ? { paths } : {}),
  }
}
