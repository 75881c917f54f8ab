// How a backfill stands, in words.
import type { BackfillIndex, BackfillPhase, BackfillStatus, Status, WaitingFor } from '../api/client.ts'
import { type Look, statusLooks } from './states.ts'

export const phaseLooks: Record<BackfillPhase, Look> = {
  ...statusLooks,
  Planning: { word: 'Planning', tone: 'busy', icon: 'clock' },
  Verifying: { word: 'Verifying', tone: 'busy', icon: 'search' },
}

/** The state of the run behind a phase. */
export function statusOf(phase: BackfillPhase): Status {
  return phase === 'Planning' || phase === 'Verifying' ? 'Running' : phase
}

/** What is being done now, and what comes of it. */
export function describePhase({ phase, progress }: BackfillStatus): string {
  if (phase === 'Planning')
    return 'Reading the snapshot: which shards there are, and how many documents each has.'
  if (phase === 'Verifying')
    return 'Everything is written. The target is counting, so that Completed is proven and not believed.'
  if (phase === 'Running' && progress.documents.total === null)
    return 'Counting the documents of the snapshot while workers already write; the percent follows.'
  if (phase === 'Stopping') return 'Workers write their checkpoints and give back what they hold.'
  if (phase === 'Paused') return 'Everything is kept. Workers take nothing new until it is resumed.'
  return ''
}

const waitingTitles: Record<string, string> = {
  paused: 'Paused',
  queued: 'Not begun yet',
  no_worker: 'Nobody is working',
  no_progress: 'Nothing moves',
  throttled: 'Slowed by the target',
  target_slow: 'The target is slow',
  target_unreachable: 'The target cannot be reached',
  rate_limit: 'At its rate limit',
}

export function waitingTitle({ code }: WaitingFor): string {
  return waitingTitles[code] ?? 'Waiting'
}

export type Accounting = {
  expected: number | null
  written: number
  rejected: number
  skipped: number
  /** Null while what is expected is not known. */
  missing: number | null
}

/** Expected = written + rejected + skipped, or by how many it does not. */
export function accountFor(indexes: Pick<BackfillIndex, 'documents'>[]): Accounting {
  const sum = { expected: 0 as number | null, written: 0, rejected: 0, skipped: 0 }
  for (const { documents } of indexes) {
    sum.expected =
      sum.expected === null || documents.expected === null ? null : sum.expected + documents.expected
    sum.written += documents.written
    sum.rejected += documents.rejected
    sum.skipped += documents.skipped
  }
  const missing = sum.expected === null ? null : sum.expected - sum.written - sum.rejected - sum.skipped
  return { ...sum, missing }
}
