// A full comparison from its items to its findings: every index of it a check, every difference a line of a file.

import type { Check } from '../../shared/domain/run.ts'
import { inOrder } from '../rfs/in-order.ts'
import { compareIndex } from './compare.ts'
import type { Gathering } from './gather.ts'
import type { Difference, IndexOutcome } from './outcome.ts'
import { noSnapshot } from './plan.ts'
import { findSubjects } from './subjects.ts'
import type { Work } from './work.ts'
import type { ComparisonWorker } from './worker.ts'

export const DIFFERENCES = 'differences.ndjson'
/** Lines of the file at most; what is beyond is counted. */
const MOST_LINES = 100_000
const SHOWN = 20

/** Tells a check for every index, and leaves the file of differences where there are any. */
export async function compareAll(
  work: Work,
  worker: ComparisonWorker,
  gathering: Gathering,
): Promise<IndexOutcome[]> {
  const { findings, report, signal, target } = work
  const { all, snapshot } = await findSubjects(work)
  if (snapshot === null) throw noSnapshot()
  const rejected = await work.rejected()
  const held = all.filter(({ inSnapshot }) => inSnapshot)
  const lines: string[] = []
  let told = 0
  const outcomes: IndexOutcome[] = []
  // One after another: what differs is held while it is looked at.
  for await (const { outcome, shown } of inOrder(held, 1, async (subject) => {
    const shown: Difference[] = []
    const tell = (difference: Difference) => {
      if (shown.length < SHOWN) shown.push(difference)
      if (++told <= MOST_LINES) lines.push(`${JSON.stringify(difference)}\n`)
    }
    const gathered = gathering.of(subject.name)
    const ids = rejected.get(subject.name) ?? new Set()
    const parts = { worker, opened: snapshot, target, gathered, rejected: ids, tell, signal }
    return { outcome: await compareIndex(parts, subject), shown }
  })) {
    outcomes.push(outcome)
    findings.add(documentsCheck(outcome, shown))
    const message = `Compared ${outcome.index}`
    report.progress({ done: outcomes.length, total: held.length, unit: 'indexes', message })
  }
  if (told > MOST_LINES) lines.push(`${JSON.stringify({ notListed: told - MOST_LINES })}\n`)
  if (lines.length > 0) await report.artifact(DIFFERENCES, 'application/x-ndjson', bytesOf(lines))
  return outcomes
}

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < lines.length; at += 1_000) yield Buffer.from(lines.slice(at, at + 1_000).join(''))
}

function documentsCheck(outcome: IndexOutcome, shown: Difference[]): Check {
  const { index, status, reason, remedy, equation, digests, documents, buckets, evidence } = outcome
  const message =
    status === 'pass'
      ? `Every one of the ${equation?.truth} documents of "${index}" is on the target with the same content`
      : status === 'fail'
        ? `The documents of "${index}" are not all the same: ${reason}`
        : `Whether the documents of "${index}" are the same is not known: ${reason}`
  return {
    id: 'documents.content',
    severity: status === 'pass' ? 'info' : 'error',
    scope: `index:${index}`,
    status,
    message,
    evidence: {
      equation,
      digests,
      documents,
      buckets,
      ...evidence,
      ...(shown.length > 0 ? { differences: shown } : {}),
    },
    remedy,
  }
}
