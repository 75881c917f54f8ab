// The validators that are done within a job: counts, drift and what else asks more than it reads.
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { CheckName, ValidateAssignment, ValidateResult } from '../../shared/domain/validate.ts'
import { openBlobs } from '../snapshot/open-blobs.ts'
import { openRepository } from '../snapshot/repository.ts'
import { checkCounts } from './counts.ts'
import { checkDrift } from './drift.ts'
import { Findings } from './findings.ts'
import { preflight } from './preflight/run.ts'
import { checkQueries } from './queries.ts'
import { type ReadFile, readRejected } from './rejected.ts'
import { deliverReport } from './report.ts'
import { checkSample } from './sample.ts'
import { findSubjects } from './subjects.ts'
import type { OpenSnapshot, Work } from './work.ts'

/**
 * Answers what was asked, all but `documents`, and leaves a report. Reads only; safe to run again. Throws the signal's
 * reason when stopped; a question that cannot be answered is `unknown`, and the others go on.
 */
export async function runValidate(
  assignment: ValidateAssignment,
  report: Report,
  signal: AbortSignal,
  outside: Outside,
): Promise<ValidateResult> {
  const findings = new Findings(report)
  await withWork({ assignment, findings, report, signal }, outside, lightChecks)
  await deliverReport(assignment, findings, report)
  return { checks: assignment.checks, counts: findings.counts() }
}

/** How a validation reaches what is outside of it. */
export type Outside = { connector: ClusterConnector; readFile: ReadFile }

type Told = Pick<Work, 'assignment' | 'findings' | 'report' | 'signal'>

/** Opens both clusters and, when they are asked for, the snapshot and the files of the backfill; closes what was opened. */
export async function withWork<Result>(
  told: Told,
  { connector, readFile }: Outside,
  act: (work: Work, connector: ClusterConnector) => Promise<Result>,
): Promise<Result> {
  const { assignment, signal } = told
  signal.throwIfAborted()
  const target = connector.connect(assignment.target)
  const source = assignment.source === null ? null : connector.connect(assignment.source)
  const snapshot = kept(() => openSnapshot(assignment, signal))
  const rejected = kept(() => readRejected(assignment.backfill?.failedFiles ?? [], readFile))
  try {
    return await act({ ...told, source, target, snapshot: snapshot.get, rejected: rejected.get }, connector)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    const opened = await snapshot.made()?.catch(() => null)
    await Promise.all([opened?.repository.close(), target.close(), source?.close()])
  }
}

function kept<Value>(make: () => Promise<Value>) {
  let made: Promise<Value> | undefined
  return {
    get() {
      made ??= make()
      return made
    },
    made: () => made,
  }
}

/** The checks of a run that need no workers, in the order in which they are asked. */
export async function lightChecks(work: Work, connector: ClusterConnector): Promise<void> {
  const { assignment, findings, signal } = work
  const { get: subjects } = kept(() => findSubjects(work))
  const checks: Partial<Record<CheckName, () => Promise<void>>> = {
    preflight: () => preflight(work, connector, subjects),
    sample: async () => checkSample(work, await subjects()),
    queries: () => checkQueries(work),
    counts: async () => checkCounts(work, await subjects()),
    drift: () => checkDrift(work, connector),
  }
  for (const name of assignment.checks)
    await checks[name]?.().catch((error: unknown) => {
      signal.throwIfAborted()
      findings.unknown(name, null, `The check "${name}" could not be made`, error)
    })
}

async function openSnapshot(
  { snapshot }: ValidateAssignment,
  signal: AbortSignal,
): Promise<OpenSnapshot | null> {
  if (snapshot === null) return null
  const repository = await openRepository(await openBlobs(snapshot.repository), signal)
  return { repository, snapshot: await repository.snapshot(snapshot.name, signal) }
}
