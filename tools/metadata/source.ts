// What the tool reads, whatever it is read from: a live cluster, or the files of a snapshot.
import type { ClusterVersion } from '../../shared/domain/cluster.ts'
import type { NotMigrated } from '../../shared/domain/metadata.ts'
import type { BodyKind, Refusal } from './draft.ts'
import type { JsonObject } from './json.ts'

export type SourceObject = {
  kind: BodyKind
  name: string
  body: JsonObject
  /** True where every mapping is below a type name (Elasticsearch 5 and 6). */
  typed: boolean
  /** An index that is closed on the source. */
  closed?: boolean
  /** Why what the source holds of it cannot be read; its body is empty then. */
  refusal?: Refusal
}

export interface MetadataSource {
  legacyTemplates(): Promise<SourceObject[]>
  componentTemplates(): Promise<SourceObject[]>
  indexTemplates(): Promise<SourceObject[]>
  pipelines(): Promise<SourceObject[]>
  /** Sorted. Asked before `indexes`. */
  indexNames(): Promise<string[]>
  /** Settings, mappings and aliases of the named indexes, in few requests. */
  indexes(names: readonly string[]): AsyncIterable<SourceObject[]>
  /** What exists and is not migrated. */
  inventory(): Promise<NotMigrated[]>
}

/** Where metadata comes from, before it is known which version wrote it. */
export interface Origin {
  /** The address of a cluster, or the place of a repository. */
  readonly endpoint: string
  /** The snapshot that is read; null for a live cluster. */
  readonly snapshot: string | null
  version(): Promise<ClusterVersion>
  /** Null where it does not tell. */
  clusterId(): Promise<string | null>
  open(version: ClusterVersion): MetadataSource
  close(): Promise<void>
}
