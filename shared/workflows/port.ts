// What the product asks of an engine that runs heavy tools.
import type { HeavyRun } from '../db/heavy-runs.ts'
import type { IssueReport } from '../domain/report.ts'
import type { SeenWorkflow, WorkflowReference } from '../domain/workflow.ts'

/** What a supervisor of heavy runs asks of either engine. */
export type Engine = {
  /** Brings what the engine does for a held run to what its state asks for. Safe to call again at any moment. */
  tick(run: HeavyRun): Promise<void>
}

/** What becomes a workflow. Its name is made of action and id, so that a run becomes one workflow however often it is sent. */
export type Submission = {
  runId: string
  session: string
  action: string
  traceparent: string | null
  /** Where the workflow waits for a person. */
  gates: string[]
}

/** A workflow that is not over, as a list shows it. */
export type ListedWorkflow = {
  reference: WorkflowReference
  /** The run that its label names. */
  runId: string | null
  createdAt: string
  /** Empty until the engine has looked at it. */
  phase: string
}

/** Something that keeps a run from going on, or ended a worker of it. */
export type Trouble = {
  runId: string
  issue: IssueReport
  /** Whether it is told once, or as long as it lasts. */
  once: boolean
  /** The pod whose last words are evidence. */
  pod: string | null
}

/** How the workers of a workflow are to be. */
export type Workers = { workers: number; suspended: boolean }

/** An engine that keeps workflows of its own: argo.ts. Every verb is safe to send again. Each throws `EngineFailure` where the engine does not do it. */
export interface Workflows {
  /** Submits once: a second time finds the workflow of the first. `ours` is false where another program made it. */
  submit(submission: Submission): Promise<WorkflowReference>
  /** Gives the workflow's pods the run's token; false where they have one already. */
  giveToken(reference: WorkflowReference, submission: Submission, token: string): Promise<boolean>
  /** Undefined where it is gone. */
  read(reference: WorkflowReference): Promise<SeenWorkflow | undefined>
  /** Those that are not over, by name, page after page. */
  list(): AsyncIterable<ListedWorkflow[]>
  suspend(reference: WorkflowReference): Promise<void>
  /** Goes on with a suspended workflow; with a gate, from that gate alone. False where there is none yet. */
  resume(reference: WorkflowReference, gate?: { name: string; message: string }): Promise<boolean>
  /** Ends it and its workers; they check out. */
  stop(reference: WorkflowReference): Promise<void>
  /** False where there are no workers yet. */
  scale(reference: WorkflowReference, wanted: Workers): Promise<boolean>
  /** How many worker pods are there, ending ones included. */
  countWorkers(reference: WorkflowReference): Promise<number>
  /** The last lines of a pod. */
  logs(pod: string, lines: number): Promise<string[]>
  delete(reference: WorkflowReference): Promise<void>
  /** What keeps pods of any run from starting, or ended them early. */
  listTroubles(): AsyncIterable<Trouble[]>
  /** Why one workflow stands still; nothing where it is only slow. */
  diagnose(reference: WorkflowReference, runId: string): Promise<Trouble[]>
}
