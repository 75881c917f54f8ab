// A light tool inside a job: claimed, supervised, reported to Postgres, and ended by what it proves.
import { ClusterFailure } from '../shared/cluster/client.ts'
import { isAway } from '../shared/db/database.ts'
import {
  type Claim,
  claimRun,
  completeRun,
  failRun,
  releaseClaim,
  renewClaim,
  settleStoppedRun,
} from '../shared/db/runs.ts'
import type { Report } from '../shared/domain/report.ts'
import type { Run, RunError } from '../shared/domain/run.ts'
import { Problem } from '../shared/problems.ts'
import type { JobContext } from './job.ts'
import { PostgresReport } from './postgres-report.ts'

/** A run is started again from its checkpoint this often without progress; then it is failed. */
export const FRUITLESS_LIMIT = 5
const HEARTBEAT_MS = 1_000
/** Postgres is waited for this long; then the claim runs out, and reconciliation finds the run. */
const PATIENCE_MS = 60_000
const RETRY_MS = 500
/** A slice ends before pg-boss would think the job lost; the next one goes on from the checkpoint. */
const SLICE_MS = 3_600_000

export type LightTool = (run: Run, report: Report, signal: AbortSignal) => Promise<Record<string, unknown>>

/** Ends what an execution that died left going on elsewhere, for a run that is to stop. */
export type LetGo = (run: Run, report: Report) => Promise<void>

/** Why a tool's signal was aborted. */
type Reason = 'stop' | 'lost' | 'shutdown' | 'slice'

/**
 * Works on a run until it ends, is stopped, is taken over, or the process has to go. Answers `again` where another
 * delivery must go on with it. Harmless twice: only one claim holds at a time, and every write is fenced by its epoch.
 */
export async function workOnRun(
  context: JobContext,
  runId: string,
  tool: LightTool,
  letGo?: LetGo,
): Promise<'ended' | 'again'> {
  const { db, log } = context
  const held = await claimRun(db, runId)
  if (!held) {
    log.info('run has ended or is held by another process', { runId })
    return 'ended'
  }
  const { run, claim, fruitless } = held
  if (run.state === 'Stopping') {
    if (letGo) await leave(context, run, claim, letGo)
    return end(context, claim, () => settleStoppedRun(db, claim))
  }
  if (fruitless > FRUITLESS_LIMIT)
    return end(context, claim, () => failRun(db, claim, noProgress(FRUITLESS_LIMIT)))
  return supervise(context, run, claim, tool)
}

async function supervise(
  context: JobContext,
  run: Run,
  claim: Claim,
  tool: LightTool,
): Promise<'ended' | 'again'> {
  const { db, log } = context
  const controller = new AbortController()
  const abort = (reason: Reason) => controller.abort(reason)
  const report = new PostgresReport(context, claim, abort)
  const stopHeartbeat = heartbeat(context, claim, abort)
  const slice = setTimeout(() => abort('slice'), SLICE_MS)
  const shutdown = () => abort('shutdown')
  context.signal.addEventListener('abort', shutdown, { once: true })
  if (context.signal.aborted) shutdown()
  log.info('run started', { runId: run.id, sessionId: run.sessionId, epoch: claim.epoch })
  try {
    const result = await tool(run, report, controller.signal)
    await report.close()
    if (controller.signal.aborted) return await interrupted(context, claim, controller.signal.reason)
    return await end(context, claim, () => completeRun(db, claim, result))
  } catch (error) {
    if (controller.signal.aborted) {
      await report
        .close()
        .catch((late: unknown) => log.warn('the last reports were not taken', { runId: run.id, error: late }))
      return await interrupted(context, claim, controller.signal.reason)
    }
    if (isAway(error)) {
      log.warn('run is let go, the database was away', { runId: run.id, error })
      return await letGo(context, claim, false)
    }
    log.error('run failed', { runId: run.id, sessionId: run.sessionId, error })
    report.log('error', error instanceof Error ? error.message : 'the tool failed')
    await report.close()
    return await end(context, claim, () => failRun(db, claim, describe(error)))
  } finally {
    clearTimeout(slice)
    stopHeartbeat()
    context.signal.removeEventListener('abort', shutdown)
  }
}

/** A run that is to stop stops, also where what was left behind cannot be reached. */
async function leave(context: JobContext, run: Run, claim: Claim, letGo: LetGo): Promise<void> {
  const report = new PostgresReport(context, claim, () => undefined)
  const stopHeartbeat = heartbeat(context, claim, () => undefined)
  try {
    await letGo(run, report)
  } catch (error) {
    report.log('warn', 'what an earlier execution left behind could not be ended')
    context.log.warn('cannot end what an execution left behind', { runId: run.id, error })
  } finally {
    stopHeartbeat()
    await report
      .close()
      .catch((error: unknown) =>
        context.log.warn('the last reports were not taken', { runId: run.id, error }),
      )
  }
}

async function interrupted(context: JobContext, claim: Claim, reason: Reason): Promise<'ended' | 'again'> {
  if (reason === 'stop') return end(context, claim, () => settleStoppedRun(context.db, claim))
  if (reason === 'lost') return 'ended'
  return letGo(context, claim, reason === 'slice')
}

/** Another delivery goes on with the run. `counted`: whether this start is one that should have got somewhere. */
async function letGo(context: JobContext, claim: Claim, counted: boolean): Promise<'again'> {
  await patiently(context, () => releaseClaim(context.db, claim, { counted }))
  return 'again'
}

/** Tries again while Postgres is away. A change that was made the first time finds nothing left to change. */
async function patiently<Result>({ log }: JobContext, change: () => Promise<Result>): Promise<Result> {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await change()
    } catch (error) {
      if (!isAway(error) || Date.now() > until) throw error
      log.warn('the database is away, trying again', { error })
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

/** Another process may have taken the run over in the last moment; then its ending is the one that counts. */
async function end(context: JobContext, { runId }: Claim, finish: () => Promise<Run>): Promise<'ended'> {
  const { log } = context
  try {
    const { state, sessionId } = await patiently(context, finish)
    log.info('run ended', { runId, sessionId, state })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'lease_lost') throw error
    log.warn('run was taken over before it ended here', { runId })
  }
  return 'ended'
}

/** Says every second that the holder lives, and hears that it is to stop. Postgres away is no reason to let go. */
function heartbeat({ db, log }: JobContext, claim: Claim, abort: (reason: Reason) => void): () => void {
  let busy = false
  const timer = setInterval(async () => {
    if (busy) return
    busy = true
    try {
      const go = await renewClaim(db, claim)
      if (go !== 'continue') abort(go)
    } catch (error) {
      log.warn('cannot renew the claim', { runId: claim.runId, error })
    } finally {
      busy = false
    }
  }, HEARTBEAT_MS)
  return () => clearInterval(timer)
}

export function noProgress(times: number): RunError {
  return {
    code: 'no_progress',
    message: `The run was started ${times} times and got no further`,
    evidence: { starts: times },
    remedy:
      'Read the logs of the run for what ended it, then start again; what is done already is not done twice',
  }
}

/** What a caller is told of a tool's failure. Unexpected errors keep their text in the log. */
function describe(error: unknown): RunError {
  if (error instanceof ClusterFailure)
    return {
      code: `cluster_${error.kind}`,
      message: error.message,
      evidence: error.evidence,
      remedy: error.remedy,
    }
  if (error instanceof Problem) return { code: error.code, message: error.detail, ...told(error) }
  if (isToolFailure(error))
    return {
      code: error.code,
      message: error.message,
      evidence: error.evidence ?? {},
      remedy: error.remedy ?? null,
    }
  return {
    code: 'internal',
    message: 'The tool ended unexpectedly',
    evidence: {},
    remedy: 'The log of the jobs process has the cause under the id of this run',
  }
}

/** What a problem tells beyond its sentence. */
function told({ errors = [], members }: Problem): Pick<RunError, 'evidence' | 'remedy'> {
  const { evidence, remedy } = members
  return {
    evidence: typeof evidence === 'object' && evidence !== null ? { ...evidence } : { errors },
    remedy: typeof remedy === 'string' ? remedy : null,
  }
}

type ToolFailureLike = Error & { code: string; evidence?: Record<string, unknown>; remedy?: string | null }

/** A tool says what it could not do with a code of its own and a remedy. */
function isToolFailure(error: unknown): error is ToolFailureLike {
  return (
    error instanceof Error &&
    error.name === 'ToolFailure' &&
    'code' in error &&
    typeof error.code === 'string'
  )
}
