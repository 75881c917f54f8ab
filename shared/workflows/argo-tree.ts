// The status of an Argo workflow as a short tree: steps, gates, workers. Nothing of it is kept.
import { labels, type SeenWorkflow, type WorkflowNode, WorkflowPhase } from '../domain/workflow.ts'
import { type Json, list, record, text } from './kube.ts'
import { endOfPod, waitOfPod } from './pods.ts'

const STEPS_SHOWN = 50
/** Kinds of node that a person knows; groups and retries only hold others. */
const types: Record<string, WorkflowNode['type']> = { Pod: 'Step', Suspend: 'Gate' }

/** What a workflow and its worker pods are at this moment. */
export async function seenWorkflow(workflow: Json, workers: Json[]): Promise<SeenWorkflow> {
  const status = record(workflow, 'status')
  const { nodes, note } = await readNodes(status)
  const phase = text(status, 'phase')
  return {
    phase: WorkflowPhase.options.find((known) => known === phase) ?? 'Pending',
    message: text(status, 'message') || note,
    progress: text(status, 'progress') || null,
    suspended: record(workflow, 'spec').suspend === true,
    startedAt: text(status, 'startedAt') || null,
    finishedAt: text(status, 'finishedAt') || null,
    nodes: [...shown(nodes), ...workers.map(workerNode)],
    observedAt: new Date().toISOString(),
  }
}

/** Large workflows keep their nodes compressed, the largest in a database of Argo's that is not ours to read. */
export async function readNodes(status: Json): Promise<{ nodes: Json[]; note: string | null }> {
  const plain = Object.keys(record(status, 'nodes'))
  if (plain.length > 0) return { nodes: plain.map((id) => record(record(status, 'nodes'), id)), note: null }
  const packed = text(status, 'compressedNodes')
  if (packed) {
    const nodes = await unpack(packed)
    return { nodes: Object.keys(nodes).map((id) => record(nodes, id)), note: null }
  }
  const offloaded = text(status, 'offloadNodeStatusVersion')
  const note = offloaded ? 'Argo keeps the steps of this workflow in its own database; look there' : null
  return { nodes: [], note }
}

async function unpack(packed: string): Promise<Json> {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0))
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return record({ nodes: JSON.parse(await new Response(stream).text()) }, 'nodes')
}

/** In the order in which they began. Of a step that was tried again, the last try is the one that counts. */
function shown(nodes: Json[]): WorkflowNode[] {
  const known = nodes.filter((node) => types[text(node, 'type')] && text(node, 'phase') !== 'Omitted')
  const byName = new Map<string, Json>()
  for (const node of known.sort(byStart)) byName.set(stepOf(node), node)
  return [...byName].slice(0, STEPS_SHOWN).map(([name, node]) => ({
    name,
    type: types[text(node, 'type')] ?? 'Step',
    phase: text(node, 'phase') || 'Pending',
    message: text(node, 'message') || null,
    startedAt: text(node, 'startedAt') || null,
    finishedAt: text(node, 'finishedAt') || null,
    pod: text(node, 'type') === 'Pod' ? text(node, 'id') || null : null,
    depth: 0,
  }))
}

/** `plan(0)` is the first try of the step `plan`; `backfill-….onExit` is its clean-up. */
export function stepOf(node: Json): string {
  const name = text(node, 'displayName').replace(/\(\d+\)$/, '')
  return name.endsWith('.onExit') ? 'clean-up' : name
}

export const byStart = (a: Json, b: Json) => text(a, 'startedAt').localeCompare(text(b, 'startedAt'))

function workerNode(pod: Json): WorkflowNode {
  const [metadata, status] = [record(pod, 'metadata'), record(pod, 'status')]
  const end = endOfPod(pod)
  return {
    name: text(metadata, 'name'),
    type: 'Worker',
    phase: metadata.deletionTimestamp ? 'Ending' : text(status, 'phase') || 'Pending',
    message: end?.reason ?? waitOfPod(pod)?.message ?? null,
    startedAt: text(status, 'startTime') || null,
    finishedAt: end?.finishedAt ?? null,
    pod: text(metadata, 'name'),
    depth: 1,
  }
}

/** The run that an object belongs to, by its label. */
export const runOf = (object: Json): string | null =>
  text(record(record(object, 'metadata'), 'labels'), labels.run) || null

export const conditions = (object: Json) => list(record(object, 'status'), 'conditions')
