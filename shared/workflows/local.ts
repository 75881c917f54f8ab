// The local engine: the steps of heavy tools as child processes, started and watched by short ticks.

import { comeToGate } from '../db/approvals.ts'
import { isWorkDone } from '../db/backfills.ts'
import type { Db } from '../db/database.ts'
import { enterPhase, type HeavyAction, type HeavyRun, recordWorkflow } from '../db/heavy-runs.ts'
import { recordIssue } from '../db/reports.ts'
import { mintRunToken, revokeRunTokens } from '../db/run-tokens.ts'
import { type Claim, failRun, settleStoppedRun } from '../db/runs.ts'
import { countCrash, findStep, forgiveStarts, type Step } from '../db/steps.ts'
import { expireLeases } from '../db/work-items.ts'
import type { Gate } from '../domain/approval.ts'
import { failpoint } from '../domain/failpoint.ts'
import type { RunError } from '../domain/run.ts'
import type { Engine } from './port.ts'
import type { Processes, ProcessState } from './processes.ts'
import { completeVerified } from './verified.ts'

/** A worker that was asked to check out has this long; a bulk request takes up to a minute only where the target hangs. */
const GRACE_MS = 12_000
/** Times that a step is started again without progress before the run is failed. */
const STARTS = 5

/** The folder of the tool that does an action. */
const tools: Record<HeavyAction, string> = { backfill: 'rfs', validate: 'validate' }

type Parts = { db: Db; processes: Processes; apiUrl: () => string }

/** The engine over the child processes of this process. Which run it may touch is the caller's claim to prove. */
export function localEngine({ db, processes, apiUrl }: Parts): Engine {
  const tokens = new Map<string, string>()
  const progress = new Map<string, number>()

  const startStep = async (run: HeavyRun, step: Step, key: string) => {
    const token = tokens.get(run.id) ?? (await mintRunToken(db, run.id))
    tokens.set(run.id, token)
    processes.start({
      key,
      tool: tools[run.action],
      step,
      env: { MA_API_URL: apiUrl(), MA_RUN_ID: run.id, MA_RUN_TOKEN: token, MA_WORKER: workerOf(key) },
    })
    failpoint('engine.started')
  }

  const forgetRun = async (run: HeavyRun) => {
    for (const { key } of processes.list(`${run.id}/`)) processes.forget(key)
    tokens.delete(run.id)
    progress.delete(run.id)
    await revokeRunTokens(db, run.id)
  }

  const fail = async (run: HeavyRun, claim: Claim, error: RunError) => {
    await failRun(db, claim, error)
    for (const { key } of processes.list(`${run.id}/`)) processes.stop(key, 0)
    await forgetRun(run)
  }

  /** Starts a step's process, unless it runs, waits after a crash, or has crashed too often. True while it may go on. */
  const ensure = async (run: HeavyRun, claim: Claim, step: Step, key: string): Promise<boolean> => {
    const [process] = processes.list(key)
    if (process?.running) return true
    if (process) {
      processes.forget(key)
      // It is gone for certain, so nobody has to wait for its leases to run out.
      if (step === 'work') await expireLeases(db, run.id, `${workerOf(key)}-`)
      if (isCrash(process)) await recordIssue(db, run, crashIssue(step, process))
      if (!process.asked) await countCrash(db, run.id, step)
    }
    const { error, starts, due } = await findStep(db, run.id, step)
    if (error) {
      await fail(run, claim, error)
      return false
    }
    if (starts > STARTS) {
      await fail(run, claim, crashLoop(step, starts, process))
      return false
    }
    if (due) await startStep(run, step, key)
    return true
  }

  const passes = async (run: HeavyRun, gate: Gate) => {
    const approval = await comeToGate(db, run.id, gate)
    return approval === null || approval.state === 'approved'
  }

  const plan = async (run: HeavyRun, claim: Claim) => {
    const key = `${run.id}/plan`
    const [process] = processes.list(key)
    if (!run.planned && !process && !(await passes(run, 'begin'))) return
    if (run.planned && !process?.running) {
      failpoint('engine.phase')
      if (await passes(run, 'evaluated')) await enterPhase(db, claim, 'Planning', 'Running')
      return
    }
    await ensure(run, claim, 'plan', key)
  }

  const work = async (run: HeavyRun, claim: Claim) => {
    if (progress.get(run.id) !== run.done) {
      progress.set(run.id, run.done)
      await forgiveStarts(db, run.id, 'work')
    }
    const all = processes.list(`${run.id}/work-`)
    if (await isWorkDone(db, run.id)) {
      for (const { key, running } of all) if (running) processes.stop(key, GRACE_MS)
      if (!all.some(({ running }) => running)) await enterPhase(db, claim, 'Running', 'Verifying')
      return
    }
    for (const { key, running } of all) {
      if (running && Number(key.split('-').at(-1)) >= run.wantedWorkers) processes.stop(key, GRACE_MS)
    }
    for (let n = 0; n < run.wantedWorkers; n++) {
      if (!(await ensure(run, claim, 'work', `${run.id}/work-${n}`))) return
    }
  }

  const verify = async (run: HeavyRun, claim: Claim) => {
    const key = `${run.id}/verify`
    const [process] = processes.list(key)
    const { result } = await findStep(db, run.id, 'verify')
    if (result && !process?.running) {
      if (!(await passes(run, 'switch'))) return
      await completeVerified(db, claim, result)
      return forgetRun(run)
    }
    await ensure(run, claim, 'verify', key)
  }

  const checkOut = (run: HeavyRun): boolean => {
    const running = processes.list(`${run.id}/`).filter((process) => process.running)
    for (const { key } of running) processes.stop(key, GRACE_MS)
    return running.length === 0
  }

  return {
    async tick(run) {
      const claim = { runId: run.id, epoch: run.epoch }
      if (run.state === 'Pending') {
        failpoint('engine.opened')
        return recordWorkflow(db, claim, {
          engine: 'local',
          namespace: null,
          name: `${run.action}-${run.id}`,
          uid: null,
        })
      }
      if (run.state === 'Stopping') {
        if (!checkOut(run)) return
        await settleStoppedRun(db, claim)
        return forgetRun(run)
      }
      if (run.state === 'Paused') {
        checkOut(run)
        return
      }
      if (run.phase === 'Planning') return plan(run, claim)
      if (run.phase === 'Running') return work(run, claim)
      if (run.phase === 'Verifying') return verify(run, claim)
    },
  }
}

/** The name of a process at the API; the tool adds a part of its own to it at each start. */
const workerOf = (key: string) => `local-${key.slice(key.indexOf('/') + 1)}`

/** 0 is done, 3 is checked out; anything else ended the process before its time. */
function isCrash({ code }: ProcessState): boolean {
  return code !== 0 && code !== 3
}

function crashIssue(step: Step, { code, signal, tail, key }: ProcessState) {
  return {
    code: 'worker_crashed',
    severity: 'warning' as const,
    origin: 'engine' as const,
    retryable: true,
    scope: `step:${step}`,
    message: `A ${step} process ended early: ${signal === null ? `exit code ${code}` : `killed by ${signal}`}; it is started again from its checkpoint`,
    evidence: { process: key.split('/').at(-1), exitCode: code, signal, lastLines: tail },
    remedy:
      signal === 'SIGKILL'
        ? 'If nobody killed it, the machine may be out of memory: lower workers or batch size'
        : null,
  }
}

function crashLoop(step: Step, starts: number, process: ProcessState | undefined): RunError {
  return {
    code: 'crash_loop',
    message: `The ${step} step ended early ${starts} times and got no further`,
    evidence: {
      starts,
      exitCode: process?.code ?? null,
      signal: process?.signal ?? null,
      lastLines: process?.tail ?? [],
    },
    remedy: 'Read the last lines above and the logs of the run; then start again with resumeFrom',
  }
}
