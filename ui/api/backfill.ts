// What the pages ask of backfills.
import { query } from '@solidjs/router'
import {
  api,
  type BackfillPlan,
  idempotencyKey,
  type Knobs,
  ok,
  type Run,
  type SnapshotRef,
  type TrialCleanup,
} from './client.ts'

export const getBackfillStatus = query(
  (session: string) => ok(api.GET('/sessions/{session}/backfill/status', { params: { path: { session } } })),
  'backfill-status',
)

export const getFailedDocuments = query(
  (session: string) =>
    ok(api.GET('/sessions/{session}/backfill/failed_documents', { params: { path: { session } } })),
  'failed-documents',
)

export type BackfillStart = { snapshotRef: SnapshotRef; plan: Partial<BackfillPlan> }

/** Opens a backfill. What the plan leaves out, the config and the API's defaults fill in. */
export function startBackfill(session: string, { snapshotRef, plan }: BackfillStart): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  const body = { snapshotRef, plan: plan as BackfillPlan } // the type demands what has a default; the API does not
  return ok(api.POST('/sessions/{session}/backfill/start', { params: { path: { session }, header }, body }))
}

const reasonOf = (reason: string) => (reason ? { reason } : {})
const at = (session: string) => ({ path: { session } })

export function pauseBackfill(session: string, reason: string): Promise<Run> {
  return ok(api.POST('/sessions/{session}/backfill/pause', { params: at(session), body: reasonOf(reason) }))
}

export function resumeBackfill(session: string): Promise<Run> {
  return ok(api.POST('/sessions/{session}/backfill/resume', { params: at(session), body: {} }))
}

export function stopBackfill(session: string, reason: string): Promise<Run> {
  return ok(api.POST('/sessions/{session}/backfill/stop', { params: at(session), body: reasonOf(reason) }))
}

export type Scale = Partial<Knobs> & { workers?: number }

/** Changes only what is named. */
export function scaleBackfill(session: string, change: Scale): Promise<Run> {
  const body = change as Required<Scale> // a knob that is not named stays as it is; the type says a default instead
  return ok(api.POST('/sessions/{session}/backfill/scale', { params: at(session), body }))
}

/** All that failed, or the documents of one group. */
export function retryFailedDocuments(session: string, reason: string, group?: string): Promise<Run> {
  const header = { 'Idempotency-Key': idempotencyKey() }
  return ok(
    api.POST('/sessions/{session}/backfill/retry_failed', {
      params: { ...at(session), header },
      body: { ...reasonOf(reason), ...(group === undefined ? {} : { group }) },
    }),
  )
}

/** What the clean-up of the latest trial would delete and keep. */
export function previewTrialCleanup(session: string): Promise<TrialCleanup> {
  return ok(
    api.POST('/sessions/{session}/backfill/trial_cleanup', { params: at(session), body: { dryRun: true } }),
  )
}

export function cleanUpTrial(session: string, indexPrefix: string): Promise<TrialCleanup> {
  const body = { indexPrefix, dryRun: false, confirm: indexPrefix }
  return ok(api.POST('/sessions/{session}/backfill/trial_cleanup', { params: at(session), body }))
}
