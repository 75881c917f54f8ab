import type { Report } from '../shared/domain/report.ts'
import type { ValidateAssignment, ValidateResult } from '../shared/domain/validate.ts'
import { validateStart } from '../shared/queue/queues.ts'
import { assignValidation } from '../shared/validate-assignment.ts'
import { runValidate } from '../tools/validate/run.ts'
import { type JobContext, job } from './job.ts'
import { workOnRun } from './light-run.ts'

/**
 * Asks the checks of a run that need no workers.
 *
 * pg-boss delivers at least once. The claim lets one delivery work at a time; a check only reads, and what it tells
 * again replaces what it told before.
 */
export default job(validateStart, async ({ runId }, context) => {
  const outcome = await workOnRun(context, runId, async (run, report, signal) =>
    validate(context, await assignValidation(context, run), report, signal),
  )
  if (outcome === 'again')
    await context.queues.enqueue(context.db, validateStart, { runId }, { startAfter: 1 })
})

function validate(
  { clusters, artifacts }: JobContext,
  assignment: ValidateAssignment,
  report: Report,
  signal: AbortSignal,
): Promise<ValidateResult> {
  const readFile = async (name: string) => {
    const stream = await artifacts.read(assignment.backfill?.runId ?? '', name)
    return new Uint8Array(await new Response(stream).arrayBuffer())
  }
  return runValidate(assignment, report, signal, { connector: clusters, readFile })
}
