// The contract between a handler that asks and a job that does. Every queue delivers at least once.
import * as v from 'valibot'
import { RunId } from '../domain/run.ts'

export type QueueOptions = {
  retryLimit?: number
  retryDelay?: number
  retryBackoff?: boolean
  expireInSeconds?: number
  heartbeatSeconds?: number
  deadLetter?: string
  notify?: boolean
  policy?: 'standard' | 'short' | 'singleton' | 'stately'
}

export type Queue<Input extends object> = {
  name: string
  input: v.GenericSchema<unknown, Input>
  options: QueueOptions
  /** Cron of a job that nobody asks for, in UTC. */
  schedule?: string
}

const RunInput = v.strictObject({ runId: RunId })

/** Where a run ends whose job gave up: it is failed there, with evidence, so that none hangs open. */
export const runAbandoned: Queue<{ runId: string }> = {
  name: 'run-abandoned',
  input: RunInput,
  options: { retryLimit: 10, retryDelay: 5, retryBackoff: true, notify: true },
}

/** Works on a metadata run, in slices of at most an hour. */
export const metadataStart: Queue<{ runId: string }> = {
  name: 'metadata-start',
  input: RunInput,
  options: {
    retryLimit: 5,
    retryDelay: 2,
    expireInSeconds: 5_400,
    heartbeatSeconds: 10,
    deadLetter: 'run-abandoned',
    notify: true,
  },
}

/** Looks after an open heavy run for a moment, then queues itself again: no job lives as long as a run. */
export const runTick: Queue<{ runId: string }> = {
  name: 'run-tick',
  input: RunInput,
  // `short` with the run as singleton key: at most one tick of a run waits, and one more where a process has ended.
  options: { retryLimit: 3, retryDelay: 2, expireInSeconds: 60, policy: 'short', notify: true },
}

/** Turns a Pending heavy run into a workflow. A run that stays Pending is queued again by the reconciliation. */
export const workflowSubmit: Queue<{ runId: string }> = {
  name: 'workflow-submit',
  input: RunInput,
  options: {
    retryLimit: 5,
    retryDelay: 2,
    retryBackoff: true,
    expireInSeconds: 60,
    policy: 'short',
    notify: true,
  },
}

/** Looks at the engine's workflows every few seconds, one look at a time; queues itself again. */
export const workflowPoll: Queue<Record<string, never>> = {
  name: 'workflow-poll',
  input: v.strictObject({}),
  options: { retryLimit: 0, expireInSeconds: 120, heartbeatSeconds: 10, policy: 'stately', notify: true },
  schedule: '* * * * *',
}

/** Takes the snapshot of a run, in slices of at most an hour; the source goes on between them. */
export const snapshotStart: Queue<{ runId: string }> = {
  name: 'snapshot-start',
  input: RunInput,
  options: metadataStart.options,
}

/** Works on a validation that needs no workers, in slices of at most an hour. */
export const validateStart: Queue<{ runId: string }> = {
  name: 'validate-start',
  input: RunInput,
  options: metadataStart.options,
}

/** Looks after open runs that nobody works on: at boot and every minute. */
export const runsReconcile: Queue<Record<string, never>> = {
  name: 'runs-reconcile',
  input: v.strictObject({}),
  options: { retryLimit: 0, policy: 'short', notify: true },
  schedule: '* * * * *',
}

/** Forgets what is kept for a time only: events, logs, idempotency keys, sign-ins. */
export const retention: Queue<Record<string, never>> = {
  name: 'retention',
  input: v.strictObject({}),
  options: { retryLimit: 2, policy: 'short', notify: true },
  schedule: '17 * * * *',
}

/** Removes the files of runs whose session was deleted. */
export const artifactsRemove: Queue<{ runIds: string[] }> = {
  name: 'artifacts-remove',
  input: v.strictObject({ runIds: v.array(RunId) }),
  options: { retryLimit: 10, retryDelay: 10, retryBackoff: true, notify: true },
}

/** In the order in which they can be created: a dead-letter queue before those that name it. */
export const queues = [
  runAbandoned,
  metadataStart,
  snapshotStart,
  validateStart,
  runTick,
  workflowSubmit,
  workflowPoll,
  runsReconcile,
  retention,
  artifactsRemove,
] as const
