// The shards of a snapshot, opened when they are needed and held while their items follow on one another.
import type { RepositoryAccess } from '../../shared/domain/backfill.ts'
import type { ShardReader } from '../lucene/shard.ts'
import type { IndexMetadata } from '../snapshot/index-metadata.ts'
import { openBlobs } from '../snapshot/open-blobs.ts'
import { type ChosenSnapshot, openRepository, type Repository } from '../snapshot/repository.ts'

export type OpenShard = { reader: ShardReader; metadata: IndexMetadata }

/** Open shards that are held: their segments' metadata, not their documents. */
const HELD = 4

export class Shards {
  readonly #access: RepositoryAccess
  readonly #name: string
  readonly #held = new Map<string, Promise<OpenShard>>()
  #opened: Promise<{ repository: Repository; snapshot: ChosenSnapshot }> | null = null

  constructor(access: RepositoryAccess, snapshot: string) {
    this.#access = access
    this.#name = snapshot
  }

  open(): Promise<{ repository: Repository; snapshot: ChosenSnapshot }> {
    this.#opened ??= this.#openRepository()
    this.#opened.catch(() => {
      this.#opened = null
    })
    return this.#opened
  }

  shard(index: string, shard: number): Promise<OpenShard> {
    const key = `${index}/${shard}`
    const held = this.#held.get(key) ?? this.#openShard(index, shard)
    // Asked for last, dropped last.
    this.#held.delete(key)
    this.#held.set(key, held)
    held.catch(() => this.#held.delete(key))
    for (const old of this.#held.keys()) {
      if (this.#held.size <= HELD) break
      this.#held.delete(old)
    }
    return held
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null)
    await opened?.repository.close()
  }

  async #openRepository() {
    const repository = await openRepository(await openBlobs(this.#access))
    return { repository, snapshot: await repository.snapshot(this.#name) }
  }

  async #openShard(index: string, shard: number): Promise<OpenShard> {
    const { repository, snapshot } = await this.open()
    const metadata = await repository.indexMetadata(snapshot, index)
    return { metadata, reader: await repository.shard(snapshot, metadata, shard) }
  }
}

/** The types that documents of an index may have; one or none is no reason for two documents with one id. */
export function typesOf({ mappings, typed }: IndexMetadata): string[] {
  return typed ? Object.keys(mappings).filter((type) => type !== '_default_') : []
}
