// The Argo engine: the only code that speaks to Kubernetes. Over fetch, so that every runtime that reaches the API
// server safely may use it.
import { labels, type WorkflowReference } from '../domain/workflow.ts'
import { runOf, seenWorkflow } from './argo-tree.ts'
import { eventsOf, jobTroubles, nodeTroubles, podTrouble } from './argo-troubles.ts'
import { EngineFailure } from './engine-failure.ts'
import { type Json, type Kube, type KubeFetch, kube, list, number, record, text, unlessGone } from './kube.ts'
import type { ListedWorkflow, Submission, Trouble, Workers, Workflows } from './port.ts'

type Options = {
  namespace: string
  /** How pods reach the API. */
  apiUrl: () => string
  /** The image of the tools. */
  image: string
}
type Places = ReturnType<typeof placesOf>

/** One template does every heavy action: plan, work items, verify; only the tool differs. */
const TEMPLATE = 'backfill'
const tools: Record<string, string> = { backfill: 'rfs' }
const PAGE = 500
/** A new pod takes seconds; a Job without any after this waits for its back-off. */
const STUCK_MS = 20_000
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const BACKGROUND = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }

/** The engine over an API server that the door reaches with `send`. */
export function argo(send: KubeFetch, options: Options): Workflows {
  const api = kube(send)
  const places = placesOf(options.namespace)
  return {
    submit: (submission) => submit(api, places, options, submission),
    giveToken: (reference, submission, token) => giveToken(api, places, reference, submission, token),
    async read(reference) {
      const [workflow, workers] = await Promise.all([
        getWorkflow(api, places, reference),
        workersOf(api, places, reference),
      ])
      return workflow && seenWorkflow(workflow, workers)
    },
    list: () => listOpen(api, places),
    async suspend({ name }) {
      await api.patch(places.workflow(name), { spec: { suspend: true } })
    },
    async resume(reference, gate) {
      if (gate) return passGate(api, places, reference, gate)
      await api.patch(places.workflow(reference.name), { spec: { suspend: null } })
      return true
    },
    async stop({ name }) {
      // A suspended workflow is not looked at, so it would not stop.
      await unlessGone(api.patch(places.workflow(name), { spec: { shutdown: 'Stop', suspend: null } }))
      await unlessGone(api.delete(places.job(name), BACKGROUND))
    },
    scale: (reference, wanted) => scale(api, places, reference, wanted),
    async countWorkers(reference) {
      const pods = await workersOf(api, places, reference)
      return pods.filter((pod) => !['Succeeded', 'Failed'].includes(text(record(pod, 'status'), 'phase')))
        .length
    },
    async logs(pod, lines) {
      const all = await unlessGone(api.text(`${places.pods}/${pod}/log?container=main&tailLines=${lines}`))
      return (all ?? '').split('\n').filter(Boolean)
    },
    async delete({ name }) {
      await unlessGone(api.delete(places.workflow(name), BACKGROUND))
    },
    listTroubles: () => listTroubles(api, places),
    diagnose: (reference, runId) => diagnose(api, places, reference, runId),
  }
}

function placesOf(namespace: string) {
  const ns = `namespaces/${encodeURIComponent(namespace)}`
  const workflows = `/apis/argoproj.io/v1alpha1/${ns}/workflows`
  return {
    namespace,
    workflows,
    workflow: (name: string) => `${workflows}/${name}`,
    /** The Job of a workflow's workers is named after it. */
    job: (name: string) => `/apis/batch/v1/${ns}/jobs/${name}-work`,
    pods: `/api/v1/${ns}/pods`,
    secrets: `/api/v1/${ns}/secrets`,
    events: `/api/v1/${ns}/events`,
  }
}

async function submit(api: Kube, places: Places, { apiUrl, image }: Options, submission: Submission) {
  const { runId, action, session, traceparent, gates } = submission
  const name = `${action}-${runId}`
  const tool = tools[action] ?? action
  const values = { run: runId, 'api-url': apiUrl(), image, tool, gates: gates.join(',') }
  const parameters = Object.entries(values).map(([key, value]) => ({ name: key, value }))
  const metadata = {
    name,
    labels: labelsOf({ runId, action, session }),
    annotations: traceparent ? { 'migration-assistant/traceparent': traceparent } : {},
  }
  const body = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata,
    spec: { workflowTemplateRef: { name: TEMPLATE }, arguments: { parameters } },
  }
  const created = await api.create(places.workflows, body).catch((error: unknown) => {
    if (error instanceof EngineFailure && error.kind === 'exists') return api.get(places.workflow(name))
    throw error
  })
  if (runOf(created) !== runId)
    throw new EngineFailure('exists', `The workflow ${name} is there and is not ours`, {
      evidence: { namespace: places.namespace, name },
    })
  return referenceOf(created, places.namespace)
}

const labelsOf = ({ runId, action, session }: Pick<Submission, 'runId' | 'action' | 'session'>) => ({
  [labels.session]: session,
  [labels.run]: runId,
  [labels.action]: action,
})

function referenceOf(workflow: Json, namespace: string): WorkflowReference {
  const metadata = record(workflow, 'metadata')
  return { engine: 'argo', namespace, name: text(metadata, 'name'), uid: text(metadata, 'uid') || null }
}

/**
 * Kubernetes waits before it replaces a failed pod of a Job, twice as long each time and up to ten minutes, and counts
 * workers that checked out as failed. So a Job that was suspended, or that stands without any worker, is removed: its
 * step in the workflow makes it again, without that past. Workers have checkpoints; crash loops are judged by us.
 */
async function scale(
  api: Kube,
  places: Places,
  { name }: WorkflowReference,
  { workers, suspended }: Workers,
): Promise<boolean> {
  const job = await unlessGone(api.get(places.job(name)))
  if (!job || record(job, 'metadata').deletionTimestamp) return false
  if (!suspended && (record(job, 'spec').suspend === true || (workers > 0 && isStuck(job)))) {
    await unlessGone(api.delete(places.job(name), BACKGROUND))
    return false
  }
  const spec = { parallelism: workers, suspend: suspended }
  return (await unlessGone(api.patch(places.job(name), { spec }))) !== undefined
}

/** No pod that works, ends or is done. */
function isStuck(job: Json): boolean {
  const status = record(job, 'status')
  const age = Date.now() - Date.parse(text(record(job, 'metadata'), 'creationTimestamp'))
  return (
    age > STUCK_MS &&
    number(status, 'active') + number(status, 'terminating') + number(status, 'succeeded') === 0
  )
}

/** The Secret goes with its workflow; one that is there keeps its token, because pods may have read it. */
async function giveToken(
  api: Kube,
  places: Places,
  { name, uid }: WorkflowReference,
  submission: Submission,
  token: string,
): Promise<boolean> {
  const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name, uid }
  const metadata = { name, labels: labelsOf(submission), ownerReferences: [owner] }
  try {
    await api.create(places.secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token } })
    return true
  } catch (error) {
    if (error instanceof EngineFailure && error.kind === 'exists') return false
    throw error
  }
}

/** Undefined where it is gone, or where another took its name after it. */
async function getWorkflow(api: Kube, places: Places, { name, uid }: WorkflowReference) {
  const workflow = await unlessGone(api.get(places.workflow(name)))
  return workflow && (uid === null || text(record(workflow, 'metadata'), 'uid') === uid)
    ? workflow
    : undefined
}

async function workersOf(api: Kube, places: Places, { name }: WorkflowReference): Promise<Json[]> {
  const selector = encodeURIComponent(`job-name=${name}-work`)
  return list(await api.get(`${places.pods}?labelSelector=${selector}`), 'items')
}

/** Metadata alone, and only of what is not over: Argo keeps ended workflows for days. */
async function* listOpen(api: Kube, places: Places): AsyncGenerator<ListedWorkflow[]> {
  const selector = encodeURIComponent(`${labels.run},workflows.argoproj.io/completed!=true`)
  const path = `${places.workflows}?labelSelector=${selector}`
  for await (const page of api.pages(path, PAGE, METADATA))
    yield page.map((workflow) => ({
      reference: referenceOf(workflow, places.namespace),
      runId: runOf(workflow),
      createdAt: text(record(workflow, 'metadata'), 'creationTimestamp'),
      phase: text(record(record(workflow, 'metadata'), 'labels'), 'workflows.argoproj.io/phase'),
    }))
}

/** Argo's own way of resuming one suspended step; a second time finds it passed. */
async function passGate(
  api: Kube,
  places: Places,
  reference: WorkflowReference,
  gate: { name: string; message: string },
): Promise<boolean> {
  const workflow = await getWorkflow(api, places, reference)
  const nodes = record(record(workflow ?? {}, 'status'), 'nodes')
  const id = Object.keys(nodes).find((each) => {
    const node = record(nodes, each)
    return text(node, 'type') === 'Suspend' && text(node, 'displayName') === gate.name
  })
  if (!id) return false
  if (text(record(nodes, id), 'phase') !== 'Running') return true
  const finishedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const passed = { phase: 'Succeeded', finishedAt, message: gate.message }
  await api.patch(places.workflow(reference.name), { status: { nodes: { [id]: passed } } })
  return true
}

async function* listTroubles(api: Kube, places: Places): AsyncGenerator<Trouble[]> {
  const [label, field] = [labels.run, 'status.phase!=Running,status.phase!=Succeeded'].map(encodeURIComponent)
  const path = `${places.pods}?labelSelector=${label}&fieldSelector=${field}`
  for await (const page of api.pages(path, PAGE))
    yield page.flatMap((pod) => podTrouble(pod, Date.now()) ?? [])
}

async function diagnose(
  api: Kube,
  places: Places,
  reference: WorkflowReference,
  runId: string,
): Promise<Trouble[]> {
  const workflow = await getWorkflow(api, places, reference)
  if (!workflow) return []
  const ofSteps = await nodeTroubles(workflow, runId)
  if (ofSteps.length > 0) return ofSteps
  const job = await unlessGone(api.get(places.job(reference.name)))
  if (!job) return []
  const field = encodeURIComponent(`involvedObject.kind=Job,involvedObject.name=${reference.name}-work`)
  return jobTroubles(job, eventsOf(await api.get(`${places.events}?fieldSelector=${field}`)), runId)
}
