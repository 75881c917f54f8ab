// What the tool reads, whatever it is read from: a live cluster now, a snapshot another time.
import type { NotMigrated } from '../../shared/domain/metadata.ts'
import type { BodyKind } from './draft.ts'
import type { JsonObject } from './json.ts'

export type SourceObject = {
  kind: BodyKind
  name: string
  body: JsonObject
  /** True where every mapping is below a type name (Elasticsearch 5 and 6). */
  typed: boolean
}

export interface MetadataSource {
  legacyTemplates(): Promise<SourceObject[]>
  componentTemplates(): Promise<SourceObject[]>
  indexTemplates(): Promise<SourceObject[]>
  pipelines(): Promise<SourceObject[]>
  indexNames(): Promise<IndexName[]>
  /** Settings, mappings and aliases of the named indexes, in few requests. */
  indexes(names: readonly string[]): AsyncIterable<SourceObject[]>
  /** What exists and is not migrated. */
  inventory(): Promise<NotMigrated[]>
}

export type IndexName = { name: string; open: boolean }
