// Which processors an ingest pipeline uses, however deep, and which of them a target lacks.
import { isObject, type Json, type JsonObject } from './json.ts'

/** Types of all processors of a pipeline: also in `on_failure` and inside `foreach`. */
export function processorTypes(pipeline: JsonObject): Set<string> {
  const types = new Set<string>()
  collect(pipeline.processors, types)
  collect(pipeline.on_failure, types)
  return types
}

function collect(processors: Json | undefined, types: Set<string>): void {
  if (!Array.isArray(processors)) return
  for (const processor of processors) {
    if (!isObject(processor)) continue
    for (const [type, config] of Object.entries(processor)) {
      types.add(type)
      if (!isObject(config)) continue
      collect(config.on_failure, types)
      if (isObject(config.processor)) collect([config.processor], types)
    }
  }
}

/** True where a script processor names a stored script, which is not migrated. */
export function usesStoredScript(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(usesStoredScript)
  if (!isObject(value)) return false
  if (isObject(value.script) && typeof value.script.id === 'string') return true
  return Object.values(value).some(usesStoredScript)
}
