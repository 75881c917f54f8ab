// A gate of a plan, and the person who lets a run through it.
import * as v from 'valibot'
import { Action, RunId } from './run.ts'

export const gates = ['begin', 'evaluated', 'switch'] as const

/** `begin`: before anything is read; `evaluated`: planned, before the first document is written; `switch`: proven, before the run is Completed. */
export const Gate = v.pipe(v.picklist(gates), v.metadata({ ref: 'Gate' }))
export type Gate = v.InferOutput<typeof Gate>

export const ApprovalState = v.picklist(['waiting', 'approved', 'rejected'])

export const Approval = v.pipe(
  v.strictObject({
    id: v.string(),
    runId: RunId,
    action: Action,
    gate: Gate,
    state: ApprovalState,
    requestedAt: v.string(),
    decidedAt: v.nullable(v.string()),
    decidedBy: v.nullable(v.string()),
    comment: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'Approval' }),
)
export type Approval = v.InferOutput<typeof Approval>
