// What a body leans on: component templates, pipelines, processors. What is missing is told before the target is asked.
import { type Draft, Editor } from './draft.ts'
import { part } from './parts.ts'
import { processorTypes, usesStoredScript } from './processors.ts'
import { settingAt } from './settings-tree.ts'
import type { Holdings } from './target.ts'

export type Available = {
  components: Set<string>
  /** Component templates that failed in this run. */
  failedComponents: Set<string>
  pipelines: Set<string>
}

export function available(holdings: Holdings): Available {
  return {
    components: new Set(holdings.bodies.componentTemplate.keys()),
    failedComponents: new Set(),
    pipelines: new Set(holdings.bodies.ingestPipeline.keys()),
  }
}

/** Refuses or warns, by what the draft needs and the target will not have. */
export function checkDependencies(draft: Draft, has: Available, holdings: Holdings): void {
  if (draft.kind === 'ingestPipeline') checkProcessors(draft, holdings)
  if (draft.kind === 'indexTemplate') checkComponents(draft, has)
  if (draft.kind !== 'ingestPipeline') checkPipelines(draft, has)
  if (draft.kind === 'index' && holdings.aliases.has(draft.name) && !holdings.indexes.has(draft.name))
    draft.refusal ??= {
      code: 'name_is_alias',
      message: `The target has an alias named "${draft.name}", so it cannot have an index of this name`,
      remedy: 'Rename or remove the alias on the target',
    }
}

function checkProcessors(draft: Draft, { processors }: Holdings): void {
  if (usesStoredScript(draft.body))
    draft.warnings.push('It uses a stored script, which is not migrated: create it on the target first')
  if (!(processors instanceof Set)) {
    draft.warnings.push(`Its processors could not be checked: ${processors.unknown}`)
    return
  }
  const missing = [...processorTypes(draft.body)].filter((type) => !processors.has(type)).sort()
  if (missing.length === 0) return
  draft.refusal ??= {
    code: 'processor_not_supported',
    message: `The pipeline uses processors the target does not have: ${missing.join(', ')}`,
    remedy:
      'Install the plugins that have them on every ingest node of the target, or rewrite the pipeline with a transform',
    evidence: { processors: missing },
  }
}

function checkComponents(draft: Draft, has: Available): void {
  const { composed_of: composed } = draft.body
  if (!Array.isArray(composed)) return
  dropIgnorable(draft, composed.map(String), has)
  const named = Array.isArray(draft.body.composed_of) ? draft.body.composed_of.map(String) : []
  const failed = named.filter((name) => has.failedComponents.has(name))
  const missing = named.filter((name) => !has.failedComponents.has(name) && !has.components.has(name))
  if (failed.length > 0)
    draft.refusal ??= {
      code: 'dependency_failed',
      message: `It is composed of component templates that failed: ${failed.join(', ')}`,
      remedy: 'Repair these first; then retry both',
      evidence: { components: failed },
    }
  if (missing.length > 0)
    draft.refusal ??= {
      code: 'dependency_missing',
      message: `It is composed of component templates that are neither on the target nor part of this run: ${missing.join(', ')}`,
      remedy: 'Include these component templates',
      evidence: { components: missing },
    }
}

/** Elasticsearch 8.7 lets a template name components that need not exist; OpenSearch does not. */
function dropIgnorable(draft: Draft, composed: string[], has: Available): void {
  const { ignore_missing_component_templates: listed } = draft.before
  if (!Array.isArray(listed)) return
  const ignorable = composed.filter(
    (name) => listed.includes(name) && !has.components.has(name) && !has.failedComponents.has(name),
  )
  if (ignorable.length === 0) return
  const rest = composed.filter((name) => !ignorable.includes(name))
  new Editor(draft, 'shape').set(
    draft.body,
    'composed_of',
    rest,
    'composed_of',
    'Components that need not exist, and do not',
  )
}

function checkPipelines(draft: Draft, { pipelines }: Available): void {
  const settings = part(draft, 'settings')
  if (settings === null) return
  for (const key of ['default_pipeline', 'final_pipeline']) {
    const name = settingAt(settings.body, key)
    if (typeof name !== 'string' || name === '_none' || pipelines.has(name)) continue
    draft.warnings.push(
      `Its ${key} "${name}" is not on the target: writes to the index will fail until it is`,
    )
  }
}
