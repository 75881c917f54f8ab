// What keeps runs from going on, told on each run it concerns.

import { recordIssue, recordIssueOnce } from '../shared/db/reports.ts'
import { countCrash } from '../shared/db/steps.ts'
import { expireLeases } from '../shared/db/work-items.ts'
import { findRunsOfWorkflows, type OpenReference } from '../shared/db/workflows.ts'
import type { IssueReport } from '../shared/domain/report.ts'
import { redact } from '../shared/redact.ts'
import type { Trouble } from '../shared/workflows/port.ts'
import type { JobContext } from './job.ts'
import { inParallel } from './parallel.ts'
import type { Look } from './workflow-look.ts'

const AT_ONCE = 8
const LAST_LINES = 20
/** What a worker did to itself; an eviction is not its fault. */
const crashes = new Set(['worker_crashed', 'worker_out_of_memory'])

/** Pods that wait or ended early, workflows that stand still, and those that nobody looks at or wants any more. */
export async function tellTroubles(context: JobContext, look: Look): Promise<void> {
  const { workflows, log } = context
  if (!workflows) return
  for await (const page of workflows.listTroubles()) await tell(context, page)
  await inParallel(look.quiet, AT_ONCE, async ({ workflow, runId }) =>
    tell(context, await workflows.diagnose(workflow, runId)),
  )
  await tell(context, look.unseen.map(unseen))
  await inParallel(look.ended, AT_ONCE, async ({ reference }) => {
    log.info('stopped a workflow whose run has ended', { workflow: reference.name })
    await workflows.stop(reference)
  })
}

async function tell(context: JobContext, troubles: Trouble[]): Promise<void> {
  if (troubles.length === 0) return
  const runs = await findRunsOfWorkflows(context.db, [...new Set(troubles.map(({ runId }) => runId))])
  for (const trouble of troubles) if (runs.get(trouble.runId)?.open) await record(context, trouble)
}

/** What ended a worker is told once, with its last words; what lasts is counted as long as it lasts. */
async function record({ db, workflows }: JobContext, { runId, issue, once, pod }: Trouble): Promise<void> {
  if (!once) return recordIssue(db, { id: runId }, issue)
  if (!pod || !(await recordIssueOnce(db, runId, issue))) return
  // It is gone for certain, so nobody has to wait for its leases to run out.
  await expireLeases(db, runId, `${pod}-`)
  if (crashes.has(issue.code)) await countCrash(db, runId, 'work')
  const lastLines = (await workflows?.logs(pod, LAST_LINES).catch(() => [])) ?? []
  if (lastLines.length === 0) return
  const told = lastLines.map((line) => String(redact(line)).slice(0, 500))
  await recordIssue(db, { id: runId }, { ...issue, evidence: { ...issue.evidence, lastLines: told } })
}

function unseen({ runId, workflow }: OpenReference): Trouble {
  const issue: IssueReport = {
    code: 'controller_not_working',
    severity: 'warning',
    origin: 'engine',
    retryable: true,
    scope: null,
    message: `No Argo controller has looked at the workflow ${workflow.name}`,
    evidence: { workflow },
    remedy:
      'See that the workflow controller runs and looks at this namespace; the run goes on as soon as it does',
  }
  return { runId, issue, once: false, pod: null }
}
