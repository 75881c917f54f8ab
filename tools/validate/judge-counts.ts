// What counts of one index say about it.
import type { Check } from '../../shared/domain/run.ts'
import type { Counted } from './counts.ts'
import type { Subject } from './subjects.ts'

/** The documents of the target against the truth, and the source as it is now against its snapshot. */
export function judgeCounts(subject: Subject, counted: Counted): Check[] {
  const { truth, source } = counted
  const known = truth?.documents ?? source
  if (known === null) return [nothingToCompare(subject)]
  const checks = [documents(subject, counted, known)]
  if (truth !== null && source !== null && source !== truth.documents)
    checks.push(since(subject, source, truth.documents))
  return checks
}

function documents({ name, targetName, backfilled }: Subject, counted: Counted, known: number): Check {
  const { truth, source, target } = counted
  const rejected = backfilled?.rejected ?? 0
  const skipped = backfilled?.skipped ?? 0
  const existing = backfilled?.existing ?? 0
  const expected = known - rejected - skipped
  const reasons = reasonsOf({ rejected, skipped, existing, target, expected, hasTruth: truth !== null })
  const status =
    target === expected
      ? rejected > 0
        ? 'warn'
        : 'pass'
      : target > expected && target <= expected + Math.max(existing, skipped)
        ? 'warn'
        : 'fail'
  return {
    id: 'counts.documents',
    severity: status === 'fail' ? 'error' : status === 'warn' ? 'warning' : 'info',
    scope: `index:${name}`,
    status,
    message: sentence(target, expected, targetName),
    evidence: { targetName, snapshot: truth, source, target, expected, rejected, skipped, existing, reasons },
    remedy: status === 'pass' ? null : remedyOf(target, expected, rejected),
  }
}

function sentence(target: number, expected: number, name: string): string {
  if (target === expected) return `The target holds the ${expected} documents of "${name}"`
  const [count, word] = target < expected ? [expected - target, 'fewer'] : [target - expected, 'more']
  return `The target holds ${count} documents ${word} of "${name}" than the ${expected} expected`
}

function remedyOf(target: number, expected: number, rejected: number): string {
  if (target < expected) return 'Compare the documents to see which are missing, then backfill them again.'
  if (target > expected) return 'Compare the documents to see which are there beyond those of the source.'
  return `Look at the ${rejected} documents that the target rejected, mend the cause, then retry the failed.`
}

type Facts = {
  rejected: number
  skipped: number
  existing: number
  target: number
  expected: number
  hasTruth: boolean
}

function reasonsOf({ rejected, skipped, existing, target, expected, hasTruth }: Facts): string[] {
  const reasons: string[] = []
  if (rejected > 0)
    reasons.push(`${rejected} documents were rejected by the target; they are kept with the cause`)
  if (skipped > 0) reasons.push(`${skipped} documents were left out by the plan of the backfill`)
  if (existing > 0) reasons.push(`The target held ${existing} documents before the backfill`)
  if (!hasTruth && target !== expected)
    reasons.push('There is no snapshot to count in: documents written since count as a difference')
  return reasons
}

function since({ name }: Subject, source: number, snapshot: number): Check {
  const [count, what] = source > snapshot ? [source - snapshot, 'more'] : [snapshot - source, 'fewer']
  return {
    id: 'counts.source_since_snapshot',
    severity: 'warning',
    scope: `index:${name}`,
    status: 'warn',
    message: `The source holds ${count} documents ${what} of "${name}" than its snapshot: it was written to since`,
    evidence: { source, snapshot },
    remedy: 'Stop the writes and take another snapshot before you cut over.',
  }
}

function nothingToCompare({ name }: Subject): Check {
  return {
    id: 'counts.documents',
    severity: 'error',
    scope: `index:${name}`,
    status: 'unknown',
    message: `There is nothing to compare "${name}" with: no snapshot holds it, and the source does not count it`,
    evidence: {},
    remedy: 'Take a snapshot, or open the index on the source.',
  }
}
