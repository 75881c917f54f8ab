import { recordEngineCheck } from '../shared/db/workflows.ts'
import { workflowPoll } from '../shared/queue/queues.ts'
import { EngineFailure } from '../shared/workflows/engine-failure.ts'
import { job } from './job.ts'
import { judge } from './workflow-judge.ts'
import { compare } from './workflow-look.ts'
import { tellTroubles } from './workflow-troubles.ts'

/** Seconds between two looks at the engine. */
const EVERY_SECONDS = 5

/**
 * Looks at the workflows of the engine and judges the runs whose workflow ended or is gone; queues itself again.
 *
 * One at a time, by the queue. A second look sees the same and changes nothing: a judged run has ended.
 */
export default job(workflowPoll, async (_, context) => {
  const { db, queues, workflows, log } = context
  if (!workflows) return
  try {
    const look = await compare(db, workflows)
    await judge(context, look.missing)
    await tellTroubles(context, look)
    const { openRuns, orphans } = look
    if (orphans.length > 0) log.warn('workflows belong to no run', { orphans })
    await recordEngineCheck(db, 'argo', { ok: true, detail: null, openRuns, orphans })
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error
    const { message } = error.error()
    log.warn('cannot look at the engine', { message, evidence: error.evidence })
    await recordEngineCheck(db, 'argo', { ok: false, detail: message, openRuns: 0, orphans: [] })
  } finally {
    await queues.enqueue(db, workflowPoll, {}, { startAfter: EVERY_SECONDS, singletonKey: 'next' })
  }
})
