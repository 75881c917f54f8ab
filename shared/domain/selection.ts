import { RE2JS } from 're2js'
import * as v from 'valibot'

/** Literals, globs (`*`, `?`) and `regex:…` of index names. Which names are meant is `select`'s to say. */
const Pattern = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(512),
  v.check(isPattern, 'Expected a name, a glob or "regex:" and an RE2 expression'),
)

export const Selection = v.pipe(
  v.strictObject({
    include: v.optional(v.pipe(v.array(Pattern), v.maxLength(1_000))),
    exclude: v.optional(v.pipe(v.array(Pattern), v.maxLength(1_000))),
  }),
  v.metadata({ ref: 'Selection' }),
)
export type Selection = v.InferOutput<typeof Selection>

function isPattern(text: string): boolean {
  try {
    compile(text)
    return true
  } catch {
    return false
  }
}

/** Names a product keeps for itself (metadata-migration.md A.5). They are left out unless `include` is given. */
const builtInPrefixes = [
  '.',
  'apm-',
  'behavioral_analytics-',
  'elastic-connectors-',
  'elastic_agent.',
  'ilm-history-',
  'kibana',
  'logs-elastic_agent',
  'logs-endpoint.',
  'logs-index_pattern',
  'logs-system.',
  'metricbeat-',
  'metrics-elastic_agent',
  'metrics-endpoint.',
  'metrics-index_pattern',
  'metrics-metadata-',
  'metrics-system.',
  'profiling-',
  'searchguard',
  'sg7-',
  'synthetics-',
]
const builtInNames = ['triggered_watches', 'watches', 'watch_history_3']
const templatePrefixes = ['@abc_template@', 'apm@', 'data-streams-', 'data-streams@', 'ecs@']
const templateSuffixes = [
  '@ilm',
  '@lifecycle',
  '@mappings',
  '@package',
  '@settings',
  '@template',
  '@tsdb-settings',
]
const templateNames =
  'agentless elastic-connectors ilm-history logs logs-mappings logs-settings logs-tsdb-settings metrics metrics-mappings metrics-settings metrics-tsdb-settings profiling search-acl-filter synthetics tenant_template traces traces-mappings traces-settings traces-tsdb-settings'.split(
    ' ',
  )

const legacyTemplateNames = ['ilm-history', 'search-acl-filter', 'tenant_template']

export type SelectionKind = 'index' | 'template' | 'legacyTemplate'
export type Choice = { chosen: true } | { chosen: false; reason: 'built-in' | 'not-included' | 'excluded' }

/** Says of one name whether it is meant, and if not, why. Compiled once, linear in the name's length. */
export function selector(
  selection: Selection | undefined,
  kind: SelectionKind = 'index',
): (name: string) => Choice {
  const include = selection?.include?.map(compile)
  const exclude = (selection?.exclude ?? []).map(compile)
  return (name) => {
    if (include === undefined ? isBuiltIn(name, kind) : !include.some((matches) => matches(name)))
      return { chosen: false, reason: include === undefined ? 'built-in' : 'not-included' }
    if (exclude.some((matches) => matches(name))) return { chosen: false, reason: 'excluded' }
    return { chosen: true }
  }
}

/** The chosen ones of `names`, in their order. */
export function select(
  names: readonly string[],
  selection?: Selection,
  kind: SelectionKind = 'index',
): string[] {
  const choose = selector(selection, kind)
  return names.filter((name) => choose(name).chosen)
}

/** The patterns of `include` that match none of `names`: an error unless the user asked for emptiness (design §1.4). */
export function unmatched(names: readonly string[], selection?: Selection): string[] {
  return (selection?.include ?? []).filter((pattern) => !names.some(compile(pattern)))
}

function isBuiltIn(name: string, kind: SelectionKind): boolean {
  if (builtInPrefixes.some((prefix) => name.startsWith(prefix)) || builtInNames.includes(name)) return true
  if (kind === 'index') return false
  // Everyday words such as "logs" are a product's only as composable templates; a legacy one of that name is a user's.
  if (kind === 'legacyTemplate') return legacyTemplateNames.includes(name)
  return (
    templatePrefixes.some((prefix) => name.startsWith(prefix)) ||
    templateSuffixes.some((suffix) => name.endsWith(suffix)) ||
    templateNames.includes(name)
  )
}

/** A glob or regex never reaches a name that begins with a dot unless it is written with the dot; a literal does. */
function compile(pattern: string): (name: string) => boolean {
  const regex = pattern.startsWith('regex:') ? pattern.slice('regex:'.length) : globToRegex(pattern)
  if (regex === null) return (name) => name === pattern
  const compiled = RE2JS.compile(regex)
  const reachesDots = /^\^?(\\\.|\[\.\]|\(\?:\\\.)/.test(regex)
  return (name) => (reachesDots || !name.startsWith('.')) && compiled.matches(name)
}

function globToRegex(pattern: string): string | null {
  if (!/[*?]/.test(pattern)) return null
  return pattern.replace(/[.*+?^${}()|[\]\\]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`))
}
