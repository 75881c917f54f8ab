// The workflow of a run, from whichever engine runs it.
import * as v from 'valibot'
import { listWorkers, readHeavyRun } from '../db/backfills.ts'
import type { Db } from '../db/database.ts'
import type { Run } from '../domain/run.ts'
import { type Workflow, type WorkflowNode, WorkflowReference } from '../domain/workflow.ts'
import type { WorkflowReader } from '../workflows/reader.ts'

/** The reference that a run keeps; undefined of a light run, and before submission. */
export function referenceOf(run: Run): WorkflowReference | undefined {
  const parsed = v.safeParse(WorkflowReference, run.workflow)
  return parsed.success ? parsed.output : undefined
}

/** Read from the engine at this moment; of the local engine, put together from what its run shows. */
export async function readWorkflow(
  { db, workflows }: { db: Db; workflows: WorkflowReader },
  run: Run,
  reference: WorkflowReference,
  waitMs: number,
): Promise<Workflow> {
  return reference.engine === 'argo' ? workflows.read(reference, waitMs) : localWorkflow(db, run, reference)
}

const steps = [
  { name: 'plan', phase: 'Planning' },
  { name: 'work', phase: 'Running' },
  { name: 'verify', phase: 'Verifying' },
]
const ended: Record<string, Workflow['phase']> = {
  Pending: 'Pending',
  Completed: 'Succeeded',
  CompletedWithErrors: 'Succeeded',
  Failed: 'Failed',
  Stopped: 'Failed',
}

/** The local engine's workflow is the run itself: its steps are known by its phase, its workers by their reports. */
async function localWorkflow(db: Db, run: Run, reference: WorkflowReference): Promise<Workflow> {
  const { phase } = await readHeavyRun(db, run.id)
  const workers = run.finishedAt === null ? await listWorkers(db, run.id) : []
  const current = run.result ? steps.length : steps.findIndex((step) => step.phase === phase)
  const here = ended[run.state] ?? 'Running'
  const nodes = steps.flatMap(({ name }, at): WorkflowNode[] => {
    if (at > current) return []
    const step = { ...aNode, name, phase: at < current ? 'Succeeded' : here }
    const its = at === current ? workers : []
    return [step, ...its.map(({ worker }) => ({ ...aNode, name: worker, type: 'Worker' as const, depth: 1 }))]
  })
  return {
    ...reference,
    phase: here,
    message: run.error?.message ?? null,
    progress: `${Math.max(0, current)}/${steps.length}`,
    suspended: run.state === 'Paused',
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    nodes,
    observedAt: new Date().toISOString(),
    reason: null,
    last: null,
  }
}

const aNode: WorkflowNode = {
  name: '',
  type: 'Step',
  phase: 'Running',
  message: null,
  startedAt: null,
  finishedAt: null,
  pod: null,
  depth: 0,
}
