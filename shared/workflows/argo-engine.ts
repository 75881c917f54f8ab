// A heavy run on Argo: its phases as the work items prove them, and its workflow brought to what the run asks for.
import { comeToGate } from '../db/approvals.ts'
import { isWorkDone } from '../db/backfills.ts'
import type { Db } from '../db/database.ts'
import { enterPhase, type HeavyRun } from '../db/heavy-runs.ts'
import { recordIssue } from '../db/reports.ts'
import { revokeRunTokens } from '../db/run-tokens.ts'
import { type Claim, failRun, settleStoppedRun } from '../db/runs.ts'
import { findStep, forgiveStarts, type Step } from '../db/steps.ts'
import type { Gate } from '../domain/approval.ts'
import type { RunError } from '../domain/run.ts'
import type { WorkflowReference } from '../domain/workflow.ts'
import { EngineFailure } from './engine-failure.ts'
import type { Engine, Workflows } from './port.ts'
import { completeVerified } from './verified.ts'

/** What was asked of the engine is asked again after this, in case somebody changed it by hand. */
const ASK_AGAIN_MS = 30_000
/** The last step may tell its last words after its result, but holds nothing up where its pod does not end. */
const LAST_WORDS_SECONDS = 10

/** Times that workers may end early without any progress between. */
const CRASHES = 5

const steps: Record<string, Step> = { Planning: 'plan', Running: 'work', Verifying: 'verify' }

/**
 * The supervisor over Argo's workflows. It looks at Postgres and asks the engine only when a wish changed; what became
 * of workflows is the poller's to see. A Pending run is the submission's.
 */
export function argoEngine({ db, workflows }: { db: Db; workflows: Workflows }): Engine {
  const asked = new Map<string, { wish: string; at: number }>()
  const progress = new Map<string, number>()
  const begun = new Set<string>()

  const forget = async (run: HeavyRun) => {
    asked.delete(run.id)
    progress.delete(run.id)
    begun.delete(run.id)
    await revokeRunTokens(db, run.id)
  }

  /** Paused, resumed or scaled, once. Workers that do not exist yet are asked again. */
  const bring = async (run: HeavyRun, reference: WorkflowReference) => {
    const suspended = run.state === 'Paused'
    // One worker at least hears that all is done: a Job without any would never end.
    const workers = run.phase === 'Verifying' ? Math.max(1, run.wantedWorkers) : run.wantedWorkers
    const wish = `${run.state} ${run.phase} ${workers}`
    const last = asked.get(run.id)
    if (last?.wish === wish && Date.now() - last.at < ASK_AGAIN_MS) return
    await (suspended ? workflows.suspend(reference) : workflows.resume(reference))
    const scaled = await workflows.scale(reference, { workers, suspended })
    if (scaled || run.phase === 'Planning') asked.set(run.id, { wish, at: Date.now() })
  }

  const stop = async (run: HeavyRun, claim: Claim, reference: WorkflowReference) => {
    await workflows.stop(reference)
    // Workers give back what they hold through the API, which takes nothing more of an ended run.
    if ((await workflows.countWorkers(reference)) > 0) return
    await settleStoppedRun(db, claim)
    await forget(run)
  }

  /** An approved gate is passed in the workflow too, at exactly its suspended step; the message says who let it. */
  const passes = async (run: HeavyRun, reference: WorkflowReference, gate: Gate): Promise<boolean> => {
    const approval = await comeToGate(db, run.id, gate)
    if (approval === null) return true
    if (approval.state !== 'approved') return false
    const { decidedBy, decidedAt, comment } = approval
    const message = `Approved by ${decidedBy} at ${decidedAt}${comment ? `: ${comment}` : ''}`
    return workflows.resume(reference, { name: `gate-${gate}`, message })
  }

  const advance = async (run: HeavyRun, claim: Claim, reference: WorkflowReference) => {
    if (run.phase === 'Planning' && !run.planned) {
      if (!begun.has(run.id) && (await passes(run, reference, 'begin'))) begun.add(run.id)
      return
    }
    if (run.phase === 'Planning') {
      if (await passes(run, reference, 'evaluated')) await enterPhase(db, claim, 'Planning', 'Running')
      return
    }
    if (run.phase === 'Running' && (await isWorkDone(db, run.id)))
      return enterPhase(db, claim, 'Running', 'Verifying')
    if (run.phase !== 'Verifying') return
    const { result, ageSeconds } = await findStep(db, run.id, 'verify')
    if (!result) return
    if (!(await passes(run, reference, 'switch'))) return
    const seen = ageSeconds < LAST_WORDS_SECONDS ? await workflows.read(reference) : undefined
    if (seen && seen.finishedAt === null) return
    await completeVerified(db, claim, result)
    await forget(run)
  }

  const act = async (run: HeavyRun, claim: Claim, reference: WorkflowReference) => {
    if (run.state === 'Stopping') return stop(run, claim, reference)
    if (progress.get(run.id) !== run.done) {
      progress.set(run.id, run.done)
      await forgiveStarts(db, run.id, 'work')
    }
    const step = await findStep(db, run.id, steps[run.phase ?? ''] ?? 'plan')
    const error = step.error ?? (step.starts > CRASHES ? crashLoop(step.starts) : null)
    if (error) {
      await failRun(db, claim, error)
      await forget(run)
      return workflows.stop(reference)
    }
    await bring(run, reference)
    if (run.state === 'Running') await advance(run, claim, reference)
  }

  return {
    async tick(run) {
      if (run.state === 'Pending') return
      const claim = { runId: run.id, epoch: run.epoch }
      try {
        await act(run, claim, run.workflow ?? unrecorded(run))
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error
        await recordIssue(db, run, error.issue())
      }
    },
  }
}

const crashLoop = (crashes: number): RunError => ({
  code: 'crash_loop',
  message: `Workers ended early ${crashes} times and the run got no further`,
  evidence: { crashes },
  remedy: 'Read the last lines in the issues and the logs of the run; then start again with resumeFrom',
})

/** A run that was stopped while it was submitted may have a workflow all the same; it has this name. */
const unrecorded = (run: HeavyRun): WorkflowReference => ({
  engine: 'argo',
  namespace: null,
  name: `${run.action}-${run.id}`,
  uid: null,
})
