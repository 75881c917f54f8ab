import { holdRun, recordWorkflow } from '../shared/db/heavy-runs.ts'
import { recordIssue } from '../shared/db/reports.ts'
import { addRunToken, settleRunToken } from '../shared/db/run-tokens.ts'
import { type Claim, failRun, findSubmission, releaseClaim } from '../shared/db/runs.ts'
import { recordSubmissionWait } from '../shared/db/workflows.ts'
import { runTick, workflowSubmit } from '../shared/queue/queues.ts'
import { EngineFailure } from '../shared/workflows/engine-failure.ts'
import type { Submission } from '../shared/workflows/port.ts'
import { type JobContext, job } from './job.ts'

/**
 * Turns a Pending run into a workflow, gives its pods their token, and keeps the reference.
 *
 * pg-boss delivers at least once: the workflow and its Secret are named after the run, so a second delivery finds
 * those of the first, and only the holder of the run records what it found.
 */
export default job(workflowSubmit, async ({ runId }, context) => {
  const { db, queues, owner, log } = context
  const run = await holdRun(db, runId, owner)
  if (!run) return log.info('run has ended or is held, nothing to submit', { runId })
  const claim = { runId, epoch: run.epoch }
  if (run.state === 'Pending') await submit(context, claim)
  await queues.enqueue(db, runTick, { runId }, { singletonKey: runId })
})

async function submit(context: JobContext, claim: Claim): Promise<void> {
  const { db, workflows, log } = context
  const submission = await findSubmission(db, claim.runId)
  if (!workflows || !submission) throw new Error('this process has no engine to submit to')
  try {
    const reference = await workflows.submit(submission)
    await giveToken(context, submission, reference)
    await recordWorkflow(db, claim, reference)
    log.info('workflow submitted', { runId: claim.runId, workflow: reference.name })
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error
    await tellFailure(context, claim, error)
  }
}

/** The Secret of an earlier delivery stays, because pods may have read it; then the new token is taken back. */
async function giveToken(
  { db, workflows }: JobContext,
  submission: Submission,
  reference: Awaited<ReturnType<NonNullable<JobContext['workflows']>['submit']>>,
): Promise<void> {
  const { id, token } = await addRunToken(db, submission.runId)
  const given = await workflows?.giveToken(reference, submission, token)
  await settleRunToken(db, submission.runId, id, given === true)
}

/** What may pass is told and tried again; what will not pass ends the run with its reason. */
async function tellFailure({ db }: JobContext, claim: Claim, failure: EngineFailure): Promise<void> {
  const issue = failure.issue()
  await recordIssue(db, { id: claim.runId }, issue)
  if (!failure.retryable) {
    await failRun(db, claim, failure.error())
    return
  }
  await recordSubmissionWait(db, claim, { code: issue.code, detail: issue.message })
  await releaseClaim(db, claim, { counted: true })
  throw failure
}
