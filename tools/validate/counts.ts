// Counts: what the snapshot holds, what the source says, what the target says, and why they may differ.
import { type ClusterClient, ClusterFailure } from '../../shared/cluster/client.ts'
import type { Check } from '../../shared/domain/run.ts'
import { inParallel } from '../metadata/pool.ts'
import { ToolFailure } from '../rfs/failure.ts'
import { countDocuments, refresh } from '../rfs/target.ts'
import { judgeCounts } from './judge-counts.ts'
import type { Subject, Subjects } from './subjects.ts'
import { type IndexTruth, readTruth } from './truth.ts'
import { AT_ONCE, type Work } from './work.ts'

export type Counted = {
  truth: IndexTruth | null
  /** Null where there is no such index there, or it is closed. */
  source: number | null
  target: number
}

export async function checkCounts(work: Work, subjects: Subjects): Promise<void> {
  const { findings, signal, report } = work
  let done = 0
  await inParallel(subjects.all, AT_ONCE, signal, async (subject) => {
    for (const check of await countOne(work, subjects, subject)) findings.add(check)
    const message = `Counting ${subject.name}`
    report.progress({ done: ++done, total: subjects.all.length, unit: 'indexes', message })
  })
  signal.throwIfAborted()
  for (const name of subjects.onlyOnTarget)
    findings.add({
      id: 'counts.index',
      severity: 'warning',
      scope: `index:${name}`,
      status: 'warn',
      message: `The index "${name}" is on the target only`,
      evidence: {},
      remedy: 'If nobody writes to it yet, find out where it came from.',
    })
}

async function countOne(work: Work, { snapshot }: Subjects, subject: Subject): Promise<Check[]> {
  const { name, targetName, target } = subject
  const scope = `index:${name}`
  if (target === null) return [absent(subject)]
  if (!target.open)
    return unknown(work, scope, new ToolFailure('index_closed', `"${targetName}" is closed on the target`))
  try {
    await refresh(work.target, [targetName], work.signal)
    const [truth, source, count] = await Promise.all([
      snapshot === null || !subject.inSnapshot ? null : readTruth(snapshot, name, work.signal),
      work.source === null || subject.source?.open !== true
        ? null
        : countSource(work.source, name, work.signal),
      countDocuments(work.target, targetName, work.signal),
    ])
    return judgeCounts(subject, { truth, source, target: count })
  } catch (error) {
    work.signal.throwIfAborted()
    return unknown(work, scope, error)
  }
}

/** What was written a moment ago is made visible first, where the user of the source may do that. */
async function countSource(source: ClusterClient, name: string, signal: AbortSignal): Promise<number> {
  await refresh(source, [name], signal).catch((error: unknown) => {
    if (!(error instanceof ClusterFailure && error.kind === '403')) throw error
  })
  return countDocuments(source, name, signal)
}

/** Told at once, because the collector knows how to say what stood in the way. */
function unknown({ findings }: Work, scope: string, error: unknown): [] {
  findings.unknown('counts.documents', scope, 'The documents could not be counted', error)
  return []
}

function absent({ name, targetName, backfilled }: Subject): Check {
  return {
    id: 'counts.documents',
    severity: 'error',
    scope: `index:${name}`,
    status: 'fail',
    message: `The target has no index "${targetName}"`,
    evidence: { targetName, backfilled: backfilled !== null },
    remedy: 'Migrate the metadata of the index, then its documents.',
  }
}
