import { artifactsRemove } from '../shared/queue/queues.ts'
import { job } from './job.ts'

/** Removes the files of runs whose session was deleted. What is gone already stays gone. */
export default job(artifactsRemove, async ({ runIds }, { artifacts }) => {
  for (const runId of runIds) await artifacts.remove(runId)
})
