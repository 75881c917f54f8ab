// The three steps of a run under a control plane.
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { BackfillAssignment } from '../../shared/domain/backfill.ts'
import { Api } from './api-calls.ts'
import { type ApiReport, apiReport } from './api-report.ts'
import { ApiWorkItems } from './api-work-items.ts'
import { errorOf, RunOver, ToolFailure } from './failure.ts'
import { plan } from './plan.ts'
import { restoreAll, verify } from './verify.ts'
import { work } from './work.ts'
import { openWorker } from './worker-parts.ts'

export type Step = 'plan' | 'work' | 'verify'

type Access = { url: string; token: string; worker: string }

/** A control plane that restarts is waited for. */
const START_PATIENCE_MS = 60_000
const RESULT_PATIENCE_MS = 5 * 60_000

/** Gives the exit code: 0 done, 1 failed, 3 stopped or released. */
export async function runStep(
  step: Step,
  { url, token, worker }: Access,
  stop: AbortSignal,
): Promise<number> {
  const api = new Api(url, token)
  const over = new AbortController()
  const signal = AbortSignal.any([stop, over.signal])
  try {
    const assignment = await readAssignment(api, signal)
    const report = apiReport(api, worker, () => over.abort(new RunOver('The run was stopped')))
    try {
      return await perform(step, api, assignment, report, worker, signal)
    } catch (error) {
      if (signal.aborted || error instanceof RunOver) return 3
      const { code, message, evidence, remedy } = errorOf(error)
      report.log('error', message, { code, step })
      const body = { step, worker, error: { code, message, evidence, remedy } }
      await api.call({ method: 'POST', path: '/result', body, patienceMs: RESULT_PATIENCE_MS })
      return 1
    } finally {
      await report.close()
    }
  } catch (error) {
    if (signal.aborted || error instanceof RunOver) return 3
    if (!(error instanceof ToolFailure) || error.retryable) throw error
    // The assignment itself was refused, and would be again.
    const { code, message, evidence, remedy } = error
    await api.call({
      method: 'POST',
      path: '/result',
      body: { step, worker, error: { code, message, evidence, remedy } },
    })
    return 1
  }
}

async function perform(
  step: Step,
  api: Api,
  assignment: BackfillAssignment,
  report: ApiReport,
  worker: string,
  signal: AbortSignal,
): Promise<number> {
  // The addresses were judged by the control plane, which gave them to us.
  const client = clusterConnector({ allowLoopback: true }, { connections: 66 }).connect(assignment.target)
  const workItems = new ApiWorkItems(api)
  try {
    if (step === 'work') {
      const parts = await openWorker({ worker, assignment, workItems, report, client }, signal)
      try {
        const end = await work(parts, AbortSignal.any([signal, runningOut(assignment)]))
        return end === 'done' ? 0 : 3
      } finally {
        await parts.close()
      }
    }
    const failures = (until: AbortSignal) => api.stream('/retried_documents', until)
    const parts = { assignment, workItems, report, client, failures }
    const result = step === 'plan' ? await plan(parts, signal) : await verify(parts, signal)
    const body = { step, worker, result }
    await api.call({ method: 'POST', path: '/result', body, patienceMs: RESULT_PATIENCE_MS, signal })
    return 0
  } catch (error) {
    if (step === 'plan' && assignment.plan.tuneTarget) await putBack(assignment, report, client)
    throw error
  } finally {
    await client.close()
  }
}

/** Keys are left this long before they run out, so that what is under way ends with them. */
const KEYS_LEFT_MS = 120_000
/** Timers are no longer. */
const LONGEST_MS = 2 ** 31 - 1

/** Aborts before the keys of the assignment run out: the worker checks out, and the next one is given new keys. */
function runningOut({ expiresAt }: BackfillAssignment): AbortSignal {
  if (expiresAt === null) return new AbortController().signal
  const left = Date.parse(expiresAt) - Date.now() - KEYS_LEFT_MS
  // Keys that came with little left are used for half of it.
  return AbortSignal.timeout(Math.min(LONGEST_MS, Math.max(left, (left + KEYS_LEFT_MS) / 2, 1_000)))
}

async function putBack(
  assignment: BackfillAssignment,
  report: ApiReport,
  client: Parameters<typeof restoreAll>[0]['client'],
): Promise<void> {
  await restoreAll({ client, assignment }, AbortSignal.timeout(20_000)).catch((error: unknown) =>
    report.log('error', `The target's settings could not be put back: ${errorOf(error).message}`),
  )
}

async function readAssignment(api: Api, signal: AbortSignal): Promise<BackfillAssignment> {
  const call = { method: 'GET' as const, path: '/assignment', patienceMs: START_PATIENCE_MS, signal }
  // Our own control plane answers this to our own token; its parts are parsed where they were written.
  return (await api.call(call)) as BackfillAssignment
}
