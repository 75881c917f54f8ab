import type { ShardFiles } from '../lucene/lucene-file.ts'
import { corrupt, placed, RepositoryError } from '../lucene/repository-error.ts'
import { openShard, type ShardReader } from '../lucene/shard.ts'
import { decodeBlob } from './blob-codec.ts'
import type { BlobStore } from './blob-store.ts'
import { readIncompatible, readNewestTable } from './generations.ts'
import { type IndexMetadata, isObject, type JsonObject, parseIndexMetadata } from './index-metadata.ts'
import type { IndexEntry, RepositoryData, SnapshotEntry } from './repository-data.ts'
import { shardFolders } from './shard-path.ts'
import { parseShardSnapshot } from './shard-snapshot.ts'
import { parseSnapshotInfo, type SnapshotInfo } from './snapshot-info.ts'
import { hasNested } from './source-kind.ts'

/**
 * Opens a snapshot repository: finds its newest readable table of contents. Throws `RepositoryError`
 * (`repository_not_found`, `format_newer`, `format_unsupported`, `repository_inconsistent`).
 */
export async function openRepository(blobs: BlobStore, signal?: AbortSignal): Promise<Repository> {
  const { data, generation, warnings } = await readNewestTable(blobs, signal)
  return new Repository(blobs, data, generation, warnings, await readIncompatible(blobs, signal))
}

/**
 * One snapshot of a repository, chosen. `indices` are those its own file lists, which has a checksum, and those of the
 * table of contents, which has none: one that only one of them names is an error when it is read, never left out.
 */
export type ChosenSnapshot = { entry: SnapshotEntry; info: SnapshotInfo; indices: string[] }

export class Repository {
  readonly blobs: BlobStore
  /** The N of `index-N`. */
  readonly generation: number
  /** What was odd about the table of contents and did not stop us. */
  readonly warnings: readonly string[]
  /** Snapshots of an older product that the repository only lists. */
  readonly incompatible: readonly string[]
  readonly #data: RepositoryData
  readonly #hashed = new Map<string, ReturnType<typeof shardFolders>>()

  constructor(
    blobs: BlobStore,
    data: RepositoryData,
    generation: number,
    warnings: string[],
    incompatible: string[],
  ) {
    this.blobs = blobs
    this.#data = data
    this.generation = generation
    this.warnings = warnings
    this.incompatible = incompatible
  }

  get snapshots(): readonly SnapshotEntry[] {
    return this.#data.snapshots
  }

  /** Reads what a snapshot says of itself. Throws `snapshot_not_found`. */
  async snapshot(name: string, signal?: AbortSignal): Promise<ChosenSnapshot> {
    const entry = this.snapshots.find((snapshot) => snapshot.name === name)
    if (!entry)
      throw new RepositoryError('snapshot_not_found', `The repository has no snapshot "${name}"`, {
        expected: this.snapshots.map((snapshot) => snapshot.name).join(', ') || 'a snapshot',
        found: name,
      })
    return placed({ snapshot: name }, async () => {
      const file = `snap-${entry.uuid}.dat`
      const info = parseSnapshotInfo(file, await this.#blob(file, 'snapshot', signal), entry.uuid)
      const indices = [...new Set([...info.indices, ...entry.indices])].sort()
      return { entry, info: { ...info, version: info.version ?? entry.version }, indices }
    })
  }

  /** Templates, persistent settings and customs, as the snapshot holds them: the object below `meta-data`. */
  async globalMetadata({ entry }: ChosenSnapshot, signal?: AbortSignal): Promise<JsonObject> {
    return placed({ snapshot: entry.name }, async () => {
      const file = `meta-${entry.uuid}.dat`
      const body = await this.#blob(file, 'metadata', signal)
      const metadata = isObject(body) ? (body['meta-data'] ?? body.metadata ?? body) : null
      if (!isObject(metadata)) throw corrupt(file, 'it does not hold global metadata')
      return metadata
    })
  }

  /** Settings, mappings and aliases of one index. Throws `index_not_found`. */
  async indexMetadata(snapshot: ChosenSnapshot, name: string, signal?: AbortSignal): Promise<IndexMetadata> {
    const { entry } = snapshot
    return placed({ snapshot: entry.name, index: name }, async () => {
      const index = this.#index(snapshot, name)
      const file = `indices/${index.id}/meta-${entry.metadataIds.get(index.id) ?? entry.uuid}.dat`
      return parseIndexMetadata(file, await this.#blob(file, 'index-metadata', signal))
    })
  }

  /** The Lucene files of one shard. Throws `shard_not_in_snapshot` where the snapshot failed to take it. */
  async shardFiles(
    snapshot: ChosenSnapshot,
    name: string,
    shard: number,
    signal?: AbortSignal,
  ): Promise<ShardFiles> {
    const { entry, info } = snapshot
    return placed({ snapshot: entry.name, index: name, shard }, async () => {
      const index = this.#index(snapshot, name)
      const failure = info.failures.find((failed) => failed.index === name && failed.shard === shard)
      if (failure) throw notTaken(name, shard, failure.reason)
      const hashed = await this.#folders(index, signal)
      const folder = hashed?.(shard) ?? `indices/${index.id}/${shard}/`
      const file = `${folder}snap-${entry.uuid}.dat`
      const body = await this.#blob(file, 'snapshot', signal).catch(async (error: unknown) => {
        if (!(error instanceof RepositoryError) || error.code !== 'blob_missing') throw error
        const shallow = await this.blobs.list(`${folder}shallow-snap-${entry.uuid}`, signal)
        if (shallow.length === 0) throw error
        throw new RepositoryError(
          'format_unsupported',
          'The shard is a shallow copy: its files are in a remote store',
          {
            file: shallow[0]?.name,
            remedy: 'Take the snapshot with remote_store_index_shallow_copy: false',
          },
        )
      })
      return parseShardSnapshot(file, body, this.blobs, folder)
    })
  }

  /** Opens the Lucene index of one shard, with its mapping's word on nested fields. */
  async shard(
    snapshot: ChosenSnapshot,
    index: IndexMetadata,
    shard: number,
    signal?: AbortSignal,
  ): Promise<ShardReader> {
    const files = await this.shardFiles(snapshot, index.name, shard, signal)
    const place = { snapshot: snapshot.entry.name, index: index.name, shard }
    return placed(place, () => openShard(files, { nested: hasNested(index.mappings), signal }))
  }

  async close(): Promise<void> {
    await this.blobs.close()
  }

  #folders(index: IndexEntry, signal?: AbortSignal): ReturnType<typeof shardFolders> {
    const held = this.#hashed.get(index.id) ?? shardFolders(this.blobs, index, signal)
    this.#hashed.set(index.id, held)
    held.catch(() => this.#hashed.delete(index.id))
    return held
  }

  #index({ entry, info }: ChosenSnapshot, name: string): IndexEntry {
    const index = this.#data.indices.get(name)
    const listed = index?.snapshots.has(entry.uuid) === true
    const held = info.indices.includes(name)
    if (index && listed && held) return index
    if (!listed && !held)
      throw new RepositoryError('index_not_found', `Snapshot "${entry.name}" has no index "${name}"`, {
        found: name,
      })
    throw new RepositoryError(
      'repository_inconsistent',
      `Index "${name}" is in ${held ? `snap-${entry.uuid}.dat` : `index-${this.generation}`} and not in ${held ? `index-${this.generation}` : `snap-${entry.uuid}.dat`}`,
      {
        file: `index-${this.generation}`,
        remedy: 'Copy the whole repository again while no snapshot is taken or deleted',
      },
    )
  }

  async #blob(
    file: string,
    codec: 'metadata' | 'snapshot' | 'index-metadata',
    signal?: AbortSignal,
  ): Promise<unknown> {
    return decodeBlob(file, await this.blobs.read(file, { signal }), codec)
  }
}

function notTaken(index: string, shard: number, reason: string): RepositoryError {
  return new RepositoryError(
    'shard_not_in_snapshot',
    `The snapshot does not hold shard ${shard} of "${index}": ${reason}`,
    { remedy: 'Take a new snapshot, or go on without this shard' },
  )
}
