// Reads workflows for people who look: never waits longer than told, never takes silence for success.
import type { SeenWorkflow, Workflow, WorkflowReference } from '../domain/workflow.ts'
import { EngineFailure } from './engine-failure.ts'
import type { Workflows } from './port.ts'

export interface WorkflowReader {
  /** What the engine says within `waitMs`; else `Unknown`, with the reason and what was seen last. Never throws. */
  read(reference: WorkflowReference, waitMs: number): Promise<Workflow>
}

/** Many people look at the same run; the engine is asked once a second. */
const FRESH_MS = 1_000
const REMEMBERED = 2_000

type Entry = { seen?: SeenWorkflow; at: number; reading?: Promise<string | null> }

/** Over an engine, or over the reason why there is none. */
export function workflowReader(engine: Pick<Workflows, 'read'> | string): WorkflowReader {
  const entries = new Map<string, Entry>()

  const entryOf = (key: string): Entry => {
    const entry = entries.get(key) ?? { at: 0 }
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > REMEMBERED && oldest !== undefined) entries.delete(oldest)
    return entry
  }

  /** Null where it was seen, else the reason why not. */
  const refresh = async (entry: Entry, reference: WorkflowReference): Promise<string | null> => {
    if (typeof engine === 'string') return engine
    try {
      const seen = await engine.read(reference)
      if (!seen) return 'The workflow is not in Kubernetes any more'
      Object.assign(entry, { seen, at: Date.now() })
      return null
    } catch (error) {
      if (error instanceof EngineFailure) return error.error().message
      return 'The engine could not be read'
    } finally {
      entry.reading = undefined
    }
  }

  return {
    async read(reference, waitMs) {
      const entry = entryOf(reference.uid ?? reference.name)
      if (entry.seen && Date.now() - entry.at < FRESH_MS) return known(reference, entry.seen)
      entry.reading ??= refresh(entry, reference)
      const reason = await within(entry.reading, waitMs)
      return reason === null && entry.seen ? known(reference, entry.seen) : unknown(reference, entry, reason)
    },
  }
}

/** A late answer still refreshes what the next one sees. */
async function within(reading: Promise<string | null>, waitMs: number): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`Kubernetes did not answer within ${waitMs} ms`), waitMs)
  })
  try {
    return await Promise.race([reading, late])
  } finally {
    clearTimeout(timer)
  }
}

const known = (reference: WorkflowReference, seen: SeenWorkflow): Workflow => ({
  ...reference,
  ...seen,
  reason: null,
  last: null,
})

function unknown(reference: WorkflowReference, { seen }: Entry, reason: string | null): Workflow {
  return {
    ...reference,
    phase: 'Unknown',
    message: null,
    progress: null,
    suspended: false,
    startedAt: null,
    finishedAt: null,
    nodes: [],
    observedAt: new Date().toISOString(),
    reason,
    last: seen ?? null,
  }
}
