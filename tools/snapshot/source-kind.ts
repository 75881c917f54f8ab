// What an index keeps of its documents' sources, told from mapping and settings before a document is read.
import { type IndexMetadata, isObject, type JsonObject } from './index-metadata.ts'

/**
 * `enabled`: as indexed. `filtered`: parts were left out. `disabled`: nothing is kept. `synthetic`: rebuilt from doc
 * values at read time, so no bytes exist.
 */
export type SourceKind = 'enabled' | 'filtered' | 'disabled' | 'synthetic'

export type SourceFinding = { kind: SourceKind; warnings: string[] }

export function findSourceKind({ mappings, settings }: IndexMetadata): SourceFinding {
  const warnings: string[] = []
  let kind: SourceKind = 'enabled'
  const worsen = (found: SourceKind, warning: string) => {
    const order: SourceKind[] = ['enabled', 'filtered', 'synthetic', 'disabled']
    if (order.indexOf(found) > order.indexOf(kind)) kind = found
    warnings.push(warning)
  }
  fromSettings(settings, worsen)
  for (const [type, mapping] of Object.entries(mappings)) {
    const source = mapping._source
    if (type === '_default_' || !isObject(source)) continue
    if (isFalse(source.enabled) || source.mode === 'disabled')
      worsen('disabled', '_source is disabled: its documents cannot be read from the snapshot')
    else if (source.mode === 'synthetic' || source.synthetic === true)
      worsen('synthetic', '_source is synthetic: the snapshot holds no source bytes')
    if (isFilled(source.includes) || isFilled(source.excludes))
      worsen('filtered', '_source leaves fields out: they are missing from the documents')
  }
  return { kind, warnings }
}

function fromSettings(
  settings: Record<string, unknown>,
  worsen: (kind: SourceKind, warning: string) => void,
): void {
  const mode = String(settings['index.mode'] ?? 'standard')
  const source = settings['index.mapping.source.mode']
  if (source === 'disabled') worsen('disabled', 'index.mapping.source.mode is disabled')
  else if (source === 'synthetic') worsen('synthetic', 'index.mapping.source.mode is synthetic')
  else if (source === undefined && (mode === 'logsdb' || mode === 'time_series'))
    worsen('synthetic', `index.mode is ${mode}: its _source is synthetic unless configured otherwise`)
  if (mode === 'time_series')
    worsen('enabled', 'index.mode is time_series: documents keep no stored _id, so they cannot be told apart')
  if (settings['index.derived_source.enabled'] === 'true')
    worsen('synthetic', 'index.derived_source.enabled: the snapshot holds no source bytes')
  if (settings['index.knn.derived_source.enabled'] === 'true')
    worsen('filtered', 'index.knn.derived_source.enabled: vectors are missing from the source bytes')
  if (settings['index.mapping.exclude_source_vectors'] === 'true')
    worsen('filtered', 'index.mapping.exclude_source_vectors: vectors are missing from the source bytes')
}

/** Whether any type has a nested field: then Lucene holds more documents than the index does. */
export function hasNested(mappings: Record<string, JsonObject>): boolean {
  return Object.values(mappings).some((mapping) => nestedWithin(mapping, 0))
}

function nestedWithin(mapping: JsonObject, depth: number): boolean {
  if (depth > 200) return true
  if (mapping.type === 'nested') return true
  for (const group of [mapping.properties, mapping.fields])
    if (isObject(group))
      for (const field of Object.values(group))
        if (isObject(field) && nestedWithin(field, depth + 1)) return true
  return false
}

function isFalse(value: unknown): boolean {
  return value === false || value === 'false' || value === 'no' || value === 'off' || value === 0
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value !== ''
}
