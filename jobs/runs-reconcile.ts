import { abandonRun, listUnheldRuns, stopRun, type UnheldRun } from '../shared/db/runs.ts'
import { Problem } from '../shared/problems.ts'
import {
  metadataStart,
  runsReconcile,
  runTick,
  snapshotStart,
  validateStart,
  workflowSubmit,
} from '../shared/queue/queues.ts'
import { type JobContext, job } from './job.ts'
import { FRUITLESS_LIMIT, noProgress } from './light-run.ts'

/** A fresh run has its own job under way; only one that waits longer is queued again. */
const PATIENCE_SECONDS = 15

/**
 * Looks after open runs that nobody works on: queues them again, stops those that were asked to, gives up those that
 * get nowhere. Runs at boot and every minute; a run that is queued twice is claimed once.
 */
export default job(runsReconcile, async (_, context) => {
  for (const run of await listUnheldRuns(context.db)) {
    await lookAfter(context, run).catch((error: unknown) => {
      // It ended in the same moment, or was stopped by its user.
      if (!(error instanceof Problem)) throw error
      context.log.info('run needs no looking after', { runId: run.id, problem: error.code })
    })
  }
})

async function lookAfter(context: JobContext, run: UnheldRun) {
  const { db, log } = context
  // The source may still be taking the snapshot, or a workflow run: the job ends it there before it ends the run.
  if (run.state === 'Stopping' && (run.action === 'snapshot' || run.engine === 'argo'))
    await requeue(context, run)
  else if (run.state === 'Stopping')
    await stopRun(db, run.id, { actor: 'reconciliation', requestId: '', reason: null })
  else if (run.fruitless > FRUITLESS_LIMIT) await abandonRun(db, run.id, noProgress(FRUITLESS_LIMIT))
  else if (run.ageSeconds > PATIENCE_SECONDS || run.fruitless > 0) {
    log.info('open run has no worker, queued again', { runId: run.id, ageSeconds: run.ageSeconds })
    await requeue(context, run)
  }
}

async function requeue({ db, queues, workflows }: JobContext, run: UnheldRun) {
  const tick = workflows && run.state === 'Pending' ? workflowSubmit : runTick
  if (run.heavy) return void (await queues.enqueue(db, tick, { runId: run.id }, { singletonKey: run.id }))
  if (run.action === 'snapshot') await queues.enqueue(db, snapshotStart, { runId: run.id })
  if (run.action === 'metadata') await queues.enqueue(db, metadataStart, { runId: run.id })
  if (run.action === 'validate') await queues.enqueue(db, validateStart, { runId: run.id })
}
