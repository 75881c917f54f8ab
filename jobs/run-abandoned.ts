import { abandonRun, findUnheldRun } from '../shared/db/runs.ts'
import { runAbandoned } from '../shared/queue/queues.ts'
import { job } from './job.ts'
import { FRUITLESS_LIMIT } from './light-run.ts'

/**
 * Fails the run of a job that gave up, so that none hangs open. One that got somewhere in between is left to
 * reconciliation, which queues it again.
 *
 * Only an open run that nobody holds moves, so a late or second delivery changes nothing.
 */
export default job(runAbandoned, async ({ runId }, { db, log }) => {
  const run = await findUnheldRun(db, runId)
  if (!run) return log.info('run has ended or is held, nothing to fail', { runId })
  if (run.claims > 0 && run.fruitless <= FRUITLESS_LIMIT)
    return log.info('run is left to reconciliation', { runId, fruitless: run.fruitless })
  await abandonRun(db, runId, {
    code: 'job_gave_up',
    message: 'The job that worked on the run failed every time it was tried',
    evidence: {},
    remedy: 'Read the logs of the run and of the jobs process, then start again',
  })
  log.warn('run failed after its job gave up', { runId })
})
