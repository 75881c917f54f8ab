import { forgetOld } from '../shared/db/retention.ts'
import { retention } from '../shared/queue/queues.ts'
import { job } from './job.ts'

/** Forgets what is kept for a time only. Forgetting twice is harmless. */
export default job(retention, async (_, { db, log, signal }) => {
  const forgotten = await forgetOld(db, signal)
  log.info('old rows forgotten', forgotten)
})
