// One shape for every body, whatever version wrote it, so that each rule has to know only that shape.
import type { Draft } from './draft.ts'
import { Editor } from './draft.ts'
import { isObject, type JsonObject } from './json.ts'
import { part } from './parts.ts'
import { settingsTree } from './settings-tree.ts'

const templateKeys = {
  legacyTemplate: ['index_patterns', 'order', 'version', 'settings', 'mappings', 'aliases'],
  componentTemplate: ['template', 'version', '_meta'],
  indexTemplate: ['index_patterns', 'template', 'composed_of', 'priority', 'version', '_meta', 'data_stream'],
  index: ['settings', 'mappings', 'aliases'],
}
const composableParts = ['settings', 'mappings', 'aliases']

/** Brings patterns, settings and the keys of a body into the shape the target takes. Safe to repeat. */
export function normalise(draft: Draft): void {
  if (draft.kind === 'ingestPipeline') return
  const pen = new Editor(draft, 'shape')
  patterns(draft, pen)
  unknownKeys(draft, pen)
  const settings = part(draft, 'settings')
  if (settings !== null) settings.holder.settings = settingsTree(settings.body)
}

/** Elasticsearch 1 to 5 say `template: "logs-*"`. */
function patterns(draft: Draft, pen: Editor): void {
  const { body } = draft
  if (draft.kind !== 'legacyTemplate' || typeof body.template !== 'string') return
  if (body.index_patterns === undefined)
    pen.set(body, 'index_patterns', [body.template], 'index_patterns', 'The target takes a list of patterns')
  pen.remove(body, 'template', 'template', 'Replaced by index_patterns')
}

function unknownKeys(draft: Draft, pen: Editor): void {
  if (draft.kind === 'ingestPipeline') return
  const { body } = draft
  const known = templateKeys[draft.kind]
  for (const key of Object.keys(body))
    if (!known.includes(key)) pen.remove(body, key, key, 'OpenSearch has no such key')
  if (isObject(body.template)) composable(body.template, pen)
  if (isObject(body.data_stream))
    for (const key of Object.keys(body.data_stream))
      if (key !== 'timestamp_field')
        pen.remove(body.data_stream, key, `data_stream.${key}`, 'OpenSearch has no such data stream option')
}

function composable(template: JsonObject, pen: Editor): void {
  for (const key of Object.keys(template)) {
    if (composableParts.includes(key)) continue
    if (key === 'lifecycle')
      pen.warn('The data stream lifecycle of this template is not migrated: set up Index State Management')
    pen.remove(template, key, `template.${key}`, 'OpenSearch has no such template option')
  }
}
