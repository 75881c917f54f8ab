// The three steps of a full comparison under a control plane. The other checks of such a run are made by its last step.

import * as v from 'valibot'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import type { ValidateAssignment } from '../../shared/domain/validate.ts'
import { ListedItems } from '../../shared/domain/work-item.ts'
import type { Api } from '../rfs/api-calls.ts'
import { ApiWorkItems } from '../rfs/api-work-items.ts'
import { runningOut } from '../rfs/running-out.ts'
import type { Perform, StepContext } from '../rfs/under-api.ts'
import type { TaskOf } from '../rfs/work.ts'
import { work as workOn } from '../rfs/work.ts'
import { certify } from './certify.ts'
import { compareAll } from './documents.ts'
import { Findings } from './findings.ts'
import { Gathering } from './gather.ts'
import type { IndexOutcome } from './outcome.ts'
import { noSnapshot, planComparison } from './plan.ts'
import { deliverReport } from './report.ts'
import { lightChecks, type Outside, withWork } from './run.ts'
import { SourceTask } from './source-task.ts'
import { findSubjects } from './subjects.ts'
import { TargetTask } from './target-task.ts'
import type { Work } from './work.ts'
import { type ComparisonWorker, openComparisonWorker } from './worker.ts'

/** A control plane that restarts is waited for. */
const PATIENCE_MS = 60_000

export const performValidation: Perform<ValidateAssignment> = async (step, context) => {
  const { api, assignment, report, signal } = context
  const findings = new Findings(report)
  // The addresses were judged by the control plane, which gave them to us.
  const connector = clusterConnector({ allowLoopback: true }, { connections: 32 })
  const outside: Outside = { connector, readFile: (name) => readFile(api, name, signal) }
  return withWork({ assignment, findings, report, signal }, outside, async (work) => {
    if (step === 'plan') return { result: await plan(work, api) }
    const parts = { worker: context.worker, assignment, workItems: new ApiWorkItems(api), report }
    const worker = await openComparisonWorker({ ...parts, client: work.target }, signal)
    try {
      if (step === 'work') {
        const until = AbortSignal.any([signal, runningOut(assignment)])
        return await workOn(worker, comparisonTask(worker), until)
      }
      await lightChecks(work, connector)
      return { result: await finish(work, worker, context) }
    } finally {
      await worker.close()
    }
  })
}

/** What a worker does with an item of either side. */
export function comparisonTask(worker: ComparisonWorker): TaskOf {
  return (item, signals) =>
    item.spec.side === 'target'
      ? new TargetTask(worker, item, signals)
      : new SourceTask(worker, item, signals)
}

async function plan(work: Work, api: Api): Promise<Record<string, unknown>> {
  const { assignment, report, target, signal } = work
  const { all, snapshot } = await findSubjects(work)
  if (snapshot === null) throw noSnapshot()
  const held = all.filter(({ inSnapshot }) => inSnapshot)
  const parts = { assignment, workItems: new ApiWorkItems(api), report, target }
  return planComparison(parts, snapshot, held, signal)
}

async function finish(
  work: Work,
  worker: ComparisonWorker,
  { api, assignment, report, signal }: StepContext<ValidateAssignment>,
): Promise<Record<string, unknown>> {
  const from = new Date().toISOString()
  const outcomes = await compareAll(work, worker, await gather(api, signal))
  await certify(work, outcomes, from, (content) =>
    api.call({ method: 'POST', path: '/certificate', body: content, patienceMs: PATIENCE_MS, signal }),
  )
  await deliverReport(assignment, work.findings, report)
  return { checks: assignment.checks, counts: work.findings.counts(), documents: outcomes.map(summary) }
}

const summary = ({ index, status, reason, equation }: IndexOutcome) => ({ index, status, reason, equation })

async function gather(api: Api, signal: AbortSignal): Promise<Gathering> {
  const gathering = new Gathering()
  for (let after = ''; ; ) {
    const path = `/work-items${after === '' ? '' : `?after=${encodeURIComponent(after)}`}`
    const answer = await api.call({ method: 'GET', path, patienceMs: PATIENCE_MS, signal })
    const { items, next } = v.parse(ListedItems, answer)
    for (const item of items) gathering.add(item)
    if (next === null) return gathering
    after = next
  }
}

async function readFile(api: Api, name: string, signal: AbortSignal): Promise<Uint8Array> {
  const stream = await api.stream(`/backfill-files/${encodeURIComponent(name)}`, signal)
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}
