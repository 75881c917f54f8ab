// A step of a heavy tool under a control plane: what it is told, where it reports, and how it ends.
import { Api } from './api-calls.ts'
import { type ApiReport, apiReport } from './api-report.ts'
import { errorOf, RunOver, ToolFailure } from './failure.ts'

export type Step = 'plan' | 'work' | 'verify'

export type Access = { url: string; token: string; worker: string }

export type StepContext<Assignment> = {
  api: Api
  assignment: Assignment
  report: ApiReport
  worker: string
  signal: AbortSignal
}

/** Does a step: gives its result, or how the work ended. */
export type Perform<Assignment> = (
  step: Step,
  context: StepContext<Assignment>,
) => Promise<{ result: Record<string, unknown> } | 'done' | 'stopped'>

/** A control plane that restarts is waited for. */
const START_PATIENCE_MS = 60_000
const RESULT_PATIENCE_MS = 5 * 60_000

/** Gives the exit code: 0 done, 1 failed, 3 stopped or released. */
export async function runUnderApi<Assignment>(
  step: Step,
  { url, token, worker }: Access,
  stop: AbortSignal,
  perform: Perform<Assignment>,
): Promise<number> {
  const api = new Api(url, token)
  const over = new AbortController()
  const signal = AbortSignal.any([stop, over.signal])
  try {
    const assignment = await readAssignment<Assignment>(api, signal)
    const report = apiReport(api, worker, () => over.abort(new RunOver('The run was stopped')))
    try {
      const end = await perform(step, { api, assignment, report, worker, signal })
      if (end === 'done' || end === 'stopped') return end === 'done' ? 0 : 3
      const body = { step, worker, result: end.result }
      await api.call({ method: 'POST', path: '/result', body, patienceMs: RESULT_PATIENCE_MS, signal })
      return 0
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
    const body = { step, worker, error: { code, message, evidence, remedy } }
    await api.call({ method: 'POST', path: '/result', body })
    return 1
  }
}

async function readAssignment<Assignment>(api: Api, signal: AbortSignal): Promise<Assignment> {
  const call = { method: 'GET' as const, path: '/assignment', patienceMs: START_PATIENCE_MS, signal }
  // Our own control plane answers this to our own token; its parts are parsed where they were written.
  return (await api.call(call)) as Assignment
}
