// From what Kubernetes says of pods and jobs to issues that a person can act on.
import type { IssueReport } from '../domain/report.ts'
import { labels } from '../domain/workflow.ts'
import { readNodes, runOf, stepOf } from './argo-tree.ts'
import { type Json, list, number, record, text } from './kube.ts'
import { endOfPod, type PodEnd, type PodWait, waitOfPod } from './pods.ts'
import type { Trouble } from './port.ts'

/** Every pod waits a moment: for a place, for its image, for the Secret that is made after the workflow. */
const PATIENCE_MS = 5_000
const SECRET_PATIENCE_MS = 30_000
/** 0 is done, 3 is checked out. */
const ORDERLY = new Set([0, 3])

/** What a pod that is not running tells of its run; undefined where nothing is wrong. */
export function podTrouble(pod: Json, now: number): Trouble | undefined {
  const runId = runOf(pod)
  if (!runId) return undefined
  const end = endOfPod(pod)
  const worker = workerName(pod)
  if (end) {
    const issue = endIssue(end, worker, partOf(pod))
    return issue && { runId, issue, once: true, pod: text(record(pod, 'metadata'), 'name') }
  }
  const wait = waitOfPod(pod)
  const issue = wait && waitIssue(wait, partOf(pod), now)
  return issue && { runId, issue, once: false, pod: null }
}

const partOf = (pod: Json) => text(record(record(pod, 'metadata'), 'labels'), labels.component) || 'step'
/** `backfill-<run>-work-x7k2p` is the worker `x7k2p`. */
const workerName = (pod: Json) => text(record(pod, 'metadata'), 'name').split('-').at(-1) ?? ''

function endIssue(end: PodEnd, worker: string, part: string): IssueReport | undefined {
  const evicted = end.reason === 'Evicted'
  if (!evicted && ORDERLY.has(end.exitCode)) return undefined
  // A step that said why it could not do its work exits 1; the run is failed with its own words.
  if (!evicted && part !== 'worker' && end.exitCode === 1) return undefined
  const memory = end.reason === 'OOMKilled'
  const [code, what] = evicted
    ? ['worker_evicted', 'was evicted by Kubernetes']
    : memory
      ? ['worker_out_of_memory', 'was killed because it used more memory than it may (OOMKilled)']
      : ['worker_crashed', `ended early with exit code ${end.exitCode}`]
  return {
    ...engineIssue,
    code,
    scope: `${part}:${worker}`,
    message: `The ${part} ${worker} ${what}; another goes on from its checkpoint`,
    evidence: { worker, part, reason: end.reason, exitCode: end.exitCode, finishedAt: end.finishedAt },
    remedy: memory
      ? 'Lower batchBytes or concurrency, or raise the memory of workers in the ConfigMap migration-assistant-workers'
      : evicted
        ? 'Look at the memory and disk of the nodes, or raise the requests of workers'
        : 'Read the last lines and the logs of the run',
  }
}

const waits: Record<string, [code: string, remedy: string]> = {
  Unschedulable: [
    'pod_not_scheduled',
    'Add nodes or room on them, or lower the requests in the ConfigMap migration-assistant-workers',
  ],
  CreateContainerConfigError: [
    'pod_cannot_start',
    'Look at the Secrets and ConfigMaps that the message names',
  ],
}
const image: [string, string] = [
  'image_cannot_be_pulled',
  'Set MA_TOOL_IMAGE to an image that the nodes can pull, and look at its pull secrets',
]

function waitIssue({ reason, message, since }: PodWait, part: string, now: number): IssueReport | undefined {
  const age = now - Date.parse(since)
  const patience = reason === 'CreateContainerConfigError' ? SECRET_PATIENCE_MS : PATIENCE_MS
  if (age < patience) return undefined
  const [code, remedy] = /Image/.test(reason)
    ? image
    : (waits[reason] ?? ['pod_cannot_start', 'Describe the pod with kubectl; the message says what it lacks'])
  return {
    ...engineIssue,
    code,
    scope: null,
    message: `A ${part} pod does not start (${reason}): ${message}`.slice(0, 1_000),
    evidence: { part, reason, message, waitingSince: since },
    remedy,
  }
}

/** What the steps of a workflow that stands still say of themselves: a pod that could not even be made. */
export async function nodeTroubles(workflow: Json, runId: string): Promise<Trouble[]> {
  const { nodes } = await readNodes(record(workflow, 'status'))
  const pending = nodes.filter((node) => text(node, 'type') === 'Pod' && text(node, 'phase') === 'Pending')
  return pending
    .map((node) => ({ step: stepOf(node), message: text(node, 'message') }))
    .filter(({ message }) => /forbidden|denied|quota/i.test(message))
    .map(({ step, message }) => refusedPod(runId, `step ${step}`, message))
}

/** Events of a Job whose pods are refused; the last one counts. */
export function jobTroubles(job: Json | undefined, events: Json[], runId: string): Trouble[] {
  if (!job || number(record(job, 'status'), 'active') > 0) return []
  const refused = events.filter((event) => text(event, 'reason') === 'FailedCreate')
  const last = refused.sort((a, b) => lastSeen(a).localeCompare(lastSeen(b))).at(-1)
  return last ? [refusedPod(runId, 'workers', text(last, 'message'))] : []
}

const lastSeen = (event: Json) =>
  text(event, 'lastTimestamp') || text(event, 'eventTime') || text(event, 'firstTimestamp')

function refusedPod(runId: string, what: string, message: string): Trouble {
  const quota = /exceeded quota|quota/i.test(message)
  const issue: IssueReport = {
    ...engineIssue,
    code: quota ? 'engine_quota' : 'pod_refused',
    scope: null,
    message: `Kubernetes makes no pod for the ${what}: ${message}`.slice(0, 1_000),
    evidence: { what, message },
    remedy: quota
      ? 'Raise the ResourceQuota of the namespace or free what it counts; the run goes on by itself'
      : 'Look at the admission rules of the namespace; the message names the one that refused',
  }
  return { runId, issue, once: false, pod: null }
}

const engineIssue = { severity: 'warning', origin: 'engine', retryable: true } as const

/** A step whose words say that its template is missing, as Argo puts it. */
export const failedSteps = async (workflow: Json) =>
  (await readNodes(record(workflow, 'status'))).nodes
    .filter((node) => ['Failed', 'Error'].includes(text(node, 'phase')) && text(node, 'type') === 'Pod')
    .map((node) => ({ step: stepOf(node), message: text(node, 'message') }))

export const eventsOf = (answer: Json) => list(answer, 'items')
