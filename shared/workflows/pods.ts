// What the status of a pod says: why it waits, or how it ended.
import { type Json, list, number, record, text } from './kube.ts'

export type PodEnd = { exitCode: number; signal: number; reason: string; finishedAt: string | null }
export type PodWait = { reason: string; message: string; since: string }

/** How the tool in a pod ended; undefined while it has not. Evicted counts before its exit code, which the kill made. */
export function endOfPod(pod: Json): PodEnd | undefined {
  const status = record(pod, 'status')
  if (text(status, 'phase') !== 'Failed' && text(status, 'phase') !== 'Succeeded') return undefined
  const disrupted = list(status, 'conditions').find((each) => text(each, 'type') === 'DisruptionTarget')
  const terminated = mainStates(pod).map((state) => record(state, 'terminated'))[0] ?? {}
  const evicted = text(status, 'reason') === 'Evicted' || disrupted !== undefined
  return {
    exitCode: number(terminated, 'exitCode'),
    signal: number(terminated, 'signal'),
    reason: evicted ? 'Evicted' : text(terminated, 'reason') || text(status, 'reason') || 'Error',
    finishedAt: text(terminated, 'finishedAt') || null,
  }
}

/** Why a pod has not started; undefined where it has. */
export function waitOfPod(pod: Json): PodWait | undefined {
  const status = record(pod, 'status')
  if (text(status, 'phase') !== 'Pending') return undefined
  const created = text(record(pod, 'metadata'), 'creationTimestamp')
  const unscheduled = list(status, 'conditions').find(
    (each) => text(each, 'type') === 'PodScheduled' && text(each, 'status') === 'False',
  )
  if (unscheduled) return { reason: 'Unschedulable', message: text(unscheduled, 'message'), since: created }
  const states = [...list(status, 'initContainerStatuses'), ...list(status, 'containerStatuses')]
  const waiting = states
    .map((each) => record(record(each, 'state'), 'waiting'))
    .find((each) => !['', 'ContainerCreating', 'PodInitializing'].includes(text(each, 'reason')))
  if (!waiting) return undefined
  return { reason: text(waiting, 'reason'), message: text(waiting, 'message'), since: created }
}

/** States of the tool's own container; Argo puts others beside it. */
function mainStates(pod: Json): Json[] {
  const all = list(record(pod, 'status'), 'containerStatuses')
  return all.filter((each) => text(each, 'name') === 'main').map((each) => record(each, 'state'))
}
