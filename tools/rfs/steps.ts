// The three steps of a backfill under a control plane.
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { BackfillAssignment } from '../../shared/domain/backfill.ts'
import { attachPreflight } from '../validate/preflight/attach.ts'
import type { ApiReport } from './api-report.ts'
import { ApiWorkItems } from './api-work-items.ts'
import { backfillTask } from './backfill-task.ts'
import { errorOf } from './failure.ts'
import { plan } from './plan.ts'
import { runningOut } from './running-out.ts'
import type { Perform } from './under-api.ts'
import { restoreAll, verify } from './verify.ts'
import { work } from './work.ts'
import { openWorker } from './worker-parts.ts'

export const performBackfill: Perform<BackfillAssignment> = async (step, context) => {
  const { api, assignment, report, worker, signal } = context
  // The addresses were judged by the control plane, which gave them to us.
  const connector = clusterConnector({ allowLoopback: true }, { connections: 66 })
  const client = connector.connect(assignment.target)
  const workItems = new ApiWorkItems(api)
  try {
    if (step === 'work') {
      const parts = await openWorker({ worker, assignment, workItems, report, client }, signal)
      const until = AbortSignal.any([signal, runningOut(assignment)])
      try {
        return await work(parts, (item, signals) => backfillTask(parts, item, signals), until)
      } finally {
        await parts.close()
      }
    }
    const failures = (until: AbortSignal) => api.stream('/retried_documents', until)
    const parts = { assignment, workItems, report, client, failures }
    if (step === 'verify') return { result: await verify(parts, signal) }
    const { target } = assignment
    const preflight = await attachPreflight({ source: null, target }, report, signal, connector)
    return { result: { ...(await plan(parts, signal)), preflight } }
  } catch (error) {
    if (step === 'plan' && assignment.plan.tuneTarget) await putBack(assignment, report, client)
    throw error
  } finally {
    await client.close()
  }
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
