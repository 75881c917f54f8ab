import { abandonRun } from '../shared/db/runs.ts'
import { runAbandoned } from '../shared/queue/queues.ts'
import { job } from './job.ts'

/**
 * Fails the run of a job that gave up, so that none hangs open.
 *
 * Only an open run that nobody holds moves, so a late or second delivery changes nothing.
 */
export default job(runAbandoned, async ({ runId }, { db, log }) => {
  const failed = await abandonRun(db, runId, {
    code: 'job_gave_up',
    message: 'The job that worked on the run failed every time it was tried',
    evidence: {},
    remedy: 'Read the logs of the run and of the jobs process, then start again',
  })
  log.warn(failed ? 'run failed after its job gave up' : 'run has ended or is held, nothing to fail', {
    runId,
  })
})
