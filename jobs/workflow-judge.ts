// What becomes of a run whose workflow has ended, or is not there any more.
import { recordIssue } from '../shared/db/reports.ts'
import { failRun, settleStoppedRun } from '../shared/db/runs.ts'
import { findStep, type Step } from '../shared/db/steps.ts'
import { type OpenReference, seizeRun } from '../shared/db/workflows.ts'
import type { RunError } from '../shared/domain/run.ts'
import type { SeenWorkflow } from '../shared/domain/workflow.ts'
import { Problem } from '../shared/problems.ts'
import type { JobContext } from './job.ts'
import { inParallel } from './parallel.ts'

const AT_ONCE = 8
/** A workflow that was submitted a moment ago may not be in a list yet. */
const YOUNG_SECONDS = 60
const STEPS: Step[] = ['plan', 'work', 'verify']

/** Confirms each by a look at the workflow itself, then ends its run with what was found. */
export async function judge(context: JobContext, missing: OpenReference[]): Promise<void> {
  await inParallel(missing, AT_ONCE, async (run) => {
    const seen = await context.workflows?.read(run.workflow)
    if (seen && seen.finishedAt === null) return
    if (!seen && run.ageSeconds < YOUNG_SECONDS) return
    await end(context, run, seen).catch((error: unknown) => {
      // Its supervisor ended it in the same moment.
      if (!(error instanceof Problem)) throw error
    })
  })
}

async function end(
  { db, owner, log }: JobContext,
  run: OpenReference,
  seen: SeenWorkflow | undefined,
): Promise<void> {
  const { result } = await findStep(db, run.runId, 'verify')
  // Proven: the supervisor completes it with the result, or has begun to.
  if (seen?.phase === 'Succeeded' && result && run.phase === 'Verifying') return
  const claim = await seizeRun(db, run.runId, owner)
  if (!claim) return
  if (run.state === 'Stopping') {
    await settleStoppedRun(db, claim)
    return
  }
  const error = seen
    ? ((await toldError(db, run.runId)) ?? (seen.phase === 'Succeeded' ? noResult(run) : ofWorkflow(seen)))
    : gone(run)
  await recordIssue(db, { id: run.runId }, issueOf(error))
  await failRun(db, claim, error)
  log.warn('run failed with its workflow', { runId: run.runId, code: error.code })
}

/** What a step said itself tells more than what its engine saw. */
async function toldError(db: JobContext['db'], runId: string): Promise<RunError | null> {
  for (const step of STEPS) {
    const { error } = await findStep(db, runId, step)
    if (error) return error
  }
  return null
}

const issueOf = ({ code, message, evidence, remedy }: RunError) => ({
  code,
  severity: 'error' as const,
  origin: 'engine' as const,
  retryable: false,
  scope: null,
  message,
  evidence,
  remedy,
})

const AGAIN = 'Start again with resumeFrom to go on from the checkpoints'

function gone({ workflow }: OpenReference): RunError {
  return {
    code: 'workflow_gone',
    message: `The workflow ${workflow.name} is not in Kubernetes any more; somebody deleted it`,
    evidence: { workflow },
    remedy: AGAIN,
  }
}

function noResult({ workflow }: OpenReference): RunError {
  return {
    code: 'result_missing',
    message: `The workflow ${workflow.name} succeeded, but its last step gave no result`,
    evidence: { workflow },
    remedy: `Read the logs of the run. ${AGAIN}`,
  }
}

/** In Argo's own words, with those of the steps that failed. */
function ofWorkflow({ phase, message, nodes }: SeenWorkflow): RunError {
  const steps = nodes
    .filter((node) => ['Failed', 'Error'].includes(node.phase))
    .map(({ name, message }) => ({ step: name, message }))
  const evidence = { phase, message, steps }
  if (/workflowtemplates?\.argoproj\.io .* not found/.test(message ?? ''))
    return {
      code: 'workflow_template_missing',
      message: `Kubernetes has not the workflow's template: ${message}`,
      evidence,
      remedy: 'Install it: kubectl apply -k argo/; then start again',
    }
  if (/^Stopped with strategy/.test(message ?? ''))
    return {
      code: 'workflow_stopped',
      message: `Somebody stopped the workflow in Argo: ${message}`,
      evidence,
      remedy: AGAIN,
    }
  const words = steps.flatMap((step) => (step.message ? [`${step.step}: ${step.message}`] : []))
  return {
    code: 'workflow_failed',
    message: `The workflow ended ${phase}: ${words.join('; ') || message || 'it does not say why'}`.slice(
      0,
      1_000,
    ),
    evidence,
    remedy: `Look at its steps and at the logs of the run. ${AGAIN}`,
  }
}
