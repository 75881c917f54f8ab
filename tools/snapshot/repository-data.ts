// `index-N`: the table of contents of a repository, in the dialects of Elasticsearch 5 to 9 and OpenSearch 1 to 3.
import * as v from 'valibot'
import { corrupt, RepositoryError } from '../lucene/repository-error.ts'
import { parseJson } from './blob-codec.ts'
import { type SnapshotState, stateOf } from './snapshot-info.ts'

const Scalar = v.union([v.string(), v.number()])

const Snapshot = v.looseObject({
  name: v.string(),
  uuid: v.optional(v.string()),
  state: v.optional(Scalar),
  version: v.optional(v.string()),
  index_metadata_lookup: v.optional(v.record(v.string(), v.string())),
})

const Index = v.looseObject({
  id: v.string(),
  /** UUIDs; Elasticsearch 5.0 to 5.4 wrote objects. */
  snapshots: v.array(v.union([v.string(), v.looseObject({ name: v.string(), uuid: v.string() })])),
  shard_generations: v.optional(v.array(v.nullable(v.string()))),
  shard_path_type: v.optional(v.number()),
})

const Document = v.looseObject({
  snapshots: v.array(v.union([v.string(), Snapshot])),
  indices: v.record(v.string(), Index),
  min_version: v.optional(v.string()),
  index_metadata_identifiers: v.optional(v.record(v.string(), v.string())),
})

/** A snapshot as the table of contents knows it. */
export type SnapshotEntry = {
  name: string
  uuid: string
  /** Null where this dialect does not say; the snapshot's own file does. */
  state: SnapshotState | null
  version: string | null
  /** Names, sorted. */
  indices: string[]
  /** Blob id of the index metadata by index id; empty before 7.9, where it is the snapshot's UUID. */
  metadataIds: ReadonlyMap<string, string>
}

export type IndexEntry = { name: string; id: string; shardPathType: number; snapshots: ReadonlySet<string> }

export type RepositoryData = {
  snapshots: SnapshotEntry[]
  indices: ReadonlyMap<string, IndexEntry>
  minVersion: string | null
}

/** The newest major version whose repositories are read (9 on a best effort). */
const NEWEST_MAJOR = 9

/** Parses `index-N`. Throws `format_newer` where it asks for a version that does not exist yet, else `corrupt`. */
export function parseRepositoryData(file: string, bytes: Uint8Array): RepositoryData {
  const json = parseJson(file, bytes)
  checkMinVersion(file, json)
  const parsed = v.safeParse(Document, json)
  if (!parsed.success) {
    const [issue] = parsed.issues
    throw corrupt(
      file,
      `it is no table of snapshots: ${issue.message} at ${v.getDotPath(issue) ?? 'its root'}`,
    )
  }
  const { output } = parsed
  const indices = new Map(
    Object.entries(output.indices).map(([name, index]) => [name, indexEntry(name, index)]),
  )
  const identifiers = new Map(Object.entries(output.index_metadata_identifiers ?? {}))
  const snapshots = output.snapshots.map((snapshot) => snapshotEntry(file, snapshot, indices, identifiers))
  return { snapshots, indices, minVersion: output.min_version ?? null }
}

function checkMinVersion(file: string, json: unknown): void {
  const version =
    typeof json === 'object' && json !== null && 'min_version' in json ? String(json.min_version) : undefined
  if (version === undefined) return
  const major = Number(/^(\d+)\./.exec(version)?.[1])
  if (major <= NEWEST_MAJOR) return
  throw new RepositoryError('format_newer', `The repository asks for version ${version} or later`, {
    file,
    expected: `${NEWEST_MAJOR}.x or older`,
    found: version,
    remedy: 'Use a newer release of Migration Assistant',
  })
}

function indexEntry(name: string, index: v.InferOutput<typeof Index>): IndexEntry {
  return {
    name,
    id: index.id,
    shardPathType: index.shard_path_type ?? 0,
    snapshots: new Set(
      index.snapshots.map((snapshot) => (typeof snapshot === 'string' ? snapshot : snapshot.uuid)),
    ),
  }
}

function snapshotEntry(
  file: string,
  snapshot: string | v.InferOutput<typeof Snapshot>,
  indices: ReadonlyMap<string, IndexEntry>,
  identifiers: ReadonlyMap<string, string>,
): SnapshotEntry {
  if (typeof snapshot === 'string' || snapshot.uuid === undefined)
    throw new RepositoryError('format_unsupported', 'The repository was written by Elasticsearch before 5', {
      file,
      remedy: 'Take the snapshot with Elasticsearch 5 or later',
    })
  const { name, uuid, state, version, index_metadata_lookup: lookup = {} } = snapshot
  const metadataIds = new Map<string, string>()
  for (const [index, identifier] of Object.entries(lookup)) {
    const id = identifiers.get(identifier)
    if (id === undefined)
      throw corrupt(file, `the metadata of index ${index} of snapshot "${name}" is not listed`)
    metadataIds.set(index, id)
  }
  const names = [...indices.values()].filter((index) => index.snapshots.has(uuid)).map((index) => index.name)
  return {
    name,
    uuid,
    state: state === undefined ? null : stateOf(state),
    version: version ?? null,
    indices: names.sort(),
    metadataIds,
  }
}
