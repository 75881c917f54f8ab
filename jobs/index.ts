// Every job, one a queue.
import artifactsRemove from './artifacts-remove.ts'
import type { Job } from './job.ts'
import metadataStart from './metadata-start.ts'
import retention from './retention.ts'
import runAbandoned from './run-abandoned.ts'
import runTick from './run-tick.ts'
import runsReconcile from './runs-reconcile.ts'
import snapshotStart from './snapshot-start.ts'
import validateStart from './validate-start.ts'
import workflowPoll from './workflow-poll.ts'
import workflowSubmit from './workflow-submit.ts'

export const jobs: readonly Job[] = [
  artifactsRemove,
  metadataStart,
  retention,
  runAbandoned,
  runTick,
  runsReconcile,
  snapshotStart,
  validateStart,
  workflowPoll,
  workflowSubmit,
]
