// Analysis components that were renamed or removed (A.7.1): their definitions, and every place that names them.
import type { Editor } from '../draft.ts'
import { elasticsearchBelow, isOpenSearch, type Pair } from '../gates.ts'
import { isObject, type Json, type JsonObject, objectAt } from '../json.ts'
import { eachField, ensurePart, part } from '../parts.ts'
import type { Rule } from './rule.ts'

export type ComponentKind = 'filter' | 'tokenizer' | 'char_filter'
type Row = { kind: ComponentKind; from: string; to: string | null; sources: 'ES<8' | 'any' }

export const analysisRows: Row[] = [
  { kind: 'filter', from: 'standard', to: null, sources: 'ES<8' },
  { kind: 'filter', from: 'delimited_payload_filter', to: 'delimited_payload', sources: 'ES<8' },
  { kind: 'filter', from: 'analysis_delimited_payload_filter', to: 'delimited_payload', sources: 'ES<8' },
  { kind: 'filter', from: 'nGram', to: 'ngram', sources: 'ES<8' },
  { kind: 'filter', from: 'edgeNGram', to: 'edge_ngram', sources: 'ES<8' },
  { kind: 'tokenizer', from: 'nGram', to: 'ngram', sources: 'ES<8' },
  { kind: 'tokenizer', from: 'edgeNGram', to: 'edge_ngram', sources: 'ES<8' },
  { kind: 'tokenizer', from: 'PathHierarchy', to: 'path_hierarchy', sources: 'any' },
  { kind: 'char_filter', from: 'htmlStrip', to: 'html_strip', sources: 'ES<8' },
]

const holds = ({ sources }: Row, { source, target }: Pair) =>
  isOpenSearch(target) && (sources === 'any' || elasticsearchBelow(source, 8))

export const analysisComponents: Rule = {
  id: 'analysis-components',
  title: 'Analysis components that were renamed or removed are replaced',
  applies: ({ target }) => isOpenSearch(target),
  apply(draft, pen, pair) {
    standardHtmlStrip(draft, pen)
    const settings = part(draft, 'settings')
    if (settings === null || !isObject(settings.body.analysis)) return
    const path = `${settings.path}.analysis`
    for (const row of analysisRows)
      if (holds(row, pair)) replaceComponent(settings.body.analysis, path, row, pen)
  },
}

function replaceComponent(analysis: JsonObject, path: string, row: Row, pen: Editor): void {
  const definitions = objectAt(analysis, row.kind)
  const removed: string[] = []
  for (const [name, definition] of Object.entries(definitions)) {
    if (!isObject(definition) || definition.type !== row.from) continue
    const at = `${path}.${row.kind}.${name}`
    if (row.to !== null)
      pen.set(definition, 'type', row.to, `${at}.type`, `${row.from} is called ${row.to} now`)
    else {
      removed.push(name)
      pen.remove(definitions, name, at, `The ${row.from} ${row.kind} did nothing and is gone`)
    }
  }
  for (const name of removed) replaceReference(analysis, path, { ...row, from: name, to: null }, pen)
  // A user's own component may carry the old name; then the name stays.
  if (definitions[row.from] === undefined) replaceReference(analysis, path, row, pen)
}

/** Renames, or takes out, what analyzers and normalizers name. */
export function replaceReference(
  analysis: JsonObject,
  path: string,
  { kind, from, to }: { kind: ComponentKind; from: string; to: string | null },
  pen: Editor,
  reason = to === null ? `The ${from} ${kind} is gone` : `${from} is called ${to} now`,
): void {
  for (const group of ['analyzer', 'normalizer']) {
    for (const [name, analyzer] of Object.entries(objectAt(analysis, group))) {
      if (!isObject(analyzer)) continue
      const value = analyzer[kind]
      const next = without(value, from, to)
      if (next === value) continue
      const at = `${path}.${group}.${name}.${kind}`
      if (next === undefined) pen.remove(analyzer, kind, at, reason)
      else pen.set(analyzer, kind, next, at, reason)
    }
  }
}

function without(value: Json | undefined, from: string, to: string | null): Json | undefined {
  if (value === from) return to ?? undefined
  if (!Array.isArray(value) || !value.includes(from)) return value
  return value.flatMap((name) => (name === from ? (to === null ? [] : [to]) : [name]))
}

/** The analyzer is gone, but its parts are not: it is spelled out, also where only a field names it. */
function standardHtmlStrip(draft: Parameters<Rule['apply']>[0], pen: Editor): void {
  const settings = part(draft, 'settings')
  const analyzers = objectAt(objectAt(settings?.body, 'analysis'), 'analyzer')
  for (const [name, analyzer] of Object.entries(analyzers))
    if (isObject(analyzer) && analyzer.type === 'standard_html_strip')
      pen.set(analyzers, name, htmlStripParts(), `${settings?.path}.analysis.analyzer.${name}`, spelledOut)
  if (analyzers.standard_html_strip !== undefined || !isNamedByField(draft)) return
  const { body, path } = ensurePart(draft, 'settings')
  const analysis = objectAt(body, 'analysis')
  const group = objectAt(analysis, 'analyzer')
  pen.set(
    group,
    'standard_html_strip',
    htmlStripParts(),
    `${path}.analysis.analyzer.standard_html_strip`,
    spelledOut,
  )
  body.analysis = { ...analysis, analyzer: group }
}

const spelledOut = 'The standard_html_strip analyzer is gone; its parts are not'

function htmlStripParts(): JsonObject {
  return { type: 'custom', tokenizer: 'standard', char_filter: ['html_strip'], filter: ['lowercase'] }
}

function isNamedByField(draft: Parameters<Rule['apply']>[0]): boolean {
  const mappings = part(draft, 'mappings')
  let named = false
  if (mappings !== null)
    eachField(mappings.body, mappings.path, ({ body }) => {
      for (const key of ['analyzer', 'search_analyzer', 'search_quote_analyzer'])
        named ||= body[key] === 'standard_html_strip'
    })
  return named
}
