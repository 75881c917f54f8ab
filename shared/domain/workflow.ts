// A workflow of an engine, as the API shows it: read at that moment, kept nowhere.
import * as v from 'valibot'

/** How a workflow is found again. This is all that is kept of it. */
export const WorkflowReference = v.strictObject({
  engine: v.picklist(['local', 'argo']),
  namespace: v.nullable(v.string()),
  name: v.string(),
  uid: v.nullable(v.string()),
})
export type WorkflowReference = v.InferOutput<typeof WorkflowReference>

/** The engine's own words, and `Unknown` where it does not answer. */
export const WorkflowPhase = v.pipe(
  v.picklist(['Pending', 'Running', 'Succeeded', 'Failed', 'Error', 'Unknown']),
  v.metadata({ ref: 'WorkflowPhase' }),
)
export type WorkflowPhase = v.InferOutput<typeof WorkflowPhase>

/** A step of a workflow, or a worker of it. `depth` is its place in the tree, in the order of the list. */
export const WorkflowNode = v.pipe(
  v.strictObject({
    name: v.string(),
    /** Step, Gate or Worker. */
    type: v.picklist(['Step', 'Gate', 'Worker']),
    phase: v.string(),
    message: v.nullable(v.string()),
    startedAt: v.nullable(v.string()),
    finishedAt: v.nullable(v.string()),
    /** The pod of it, where the engine has pods. */
    pod: v.nullable(v.string()),
    depth: v.number(),
  }),
  v.metadata({ ref: 'WorkflowNode' }),
)
export type WorkflowNode = v.InferOutput<typeof WorkflowNode>

const Seen = {
  phase: WorkflowPhase,
  message: v.nullable(v.string()),
  /** Steps done of all, in the engine's own form such as `2/3`. */
  progress: v.nullable(v.string()),
  suspended: v.boolean(),
  startedAt: v.nullable(v.string()),
  finishedAt: v.nullable(v.string()),
  nodes: v.array(WorkflowNode),
  observedAt: v.string(),
}
export const SeenWorkflow = v.pipe(v.strictObject(Seen), v.metadata({ ref: 'SeenWorkflow' }))
export type SeenWorkflow = v.InferOutput<typeof SeenWorkflow>

/** What `GET /runs/{run}/workflow` answers. */
export const Workflow = v.pipe(
  v.strictObject({
    ...Seen,
    engine: v.string(),
    namespace: v.nullable(v.string()),
    name: v.string(),
    uid: v.nullable(v.string()),
    /** Why the phase is Unknown, in words. */
    reason: v.nullable(v.string()),
    /** Where the phase is Unknown: what was seen last, with its own `observedAt`. */
    last: v.nullable(SeenWorkflow),
  }),
  v.metadata({ ref: 'Workflow' }),
)
export type Workflow = v.InferOutput<typeof Workflow>

/** Labels by which everything of a run is found in Kubernetes. */
export const labels = {
  session: 'migration-assistant/session',
  run: 'migration-assistant/run',
  action: 'migration-assistant/action',
  component: 'migration-assistant/component',
} as const
