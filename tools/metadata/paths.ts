// Addresses of objects on a cluster.
import { encodeIndex, encodeSegment } from '../../shared/cluster/path.ts'
import type { BodyKind } from './draft.ts'

/** Clusters take request lines of 4,096 bytes unless told otherwise. */
const maxSegment = 3_400

/** Names joined into segments a cluster takes in one request. Names that cannot be addressed are left out. */
export function* inPathLengths(names: readonly string[]): Generator<{ segment: string; names: string[] }> {
  let segment = ''
  let group: string[] = []
  for (const name of names) {
    const encoded = addressOf(name)
    if (encoded === null) continue
    if (segment !== '' && segment.length + 3 + encoded.length > maxSegment) {
      yield { segment, names: group }
      segment = ''
      group = []
    }
    segment = segment === '' ? encoded : `${segment},${encoded}`
    group.push(name)
  }
  if (group.length > 0) yield { segment, names: group }
}

/** Null where no index can bear the name. */
export function addressOf(name: string): string | null {
  try {
    return encodeIndex(name)
  } catch {
    return null
  }
}

const collections: Record<Exclude<BodyKind, 'index'>, string> = {
  ingestPipeline: '/_ingest/pipeline',
  legacyTemplate: '/_template',
  componentTemplate: '/_component_template',
  indexTemplate: '/_index_template',
}

/** Throws ClusterFailure for a name that cannot be addressed. */
export function pathOf(kind: BodyKind, name: string): string {
  return kind === 'index' ? `/${encodeIndex(name)}` : `${collections[kind]}/${encodeSegment(name)}`
}

/** Why OpenSearch cannot have an index of this name, or null. */
export function nameRefusal(name: string): string | null {
  if (addressOf(name) === null) return 'no index can bear this name'
  if (name !== name.toLowerCase()) return 'index names are lowercase'
  if (/[:#]/.test(name)) return 'index names hold no ":" or "#"'
  if (new TextEncoder().encode(name).length > 255) return 'index names hold at most 255 bytes'
  return null
}
