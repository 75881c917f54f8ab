// The last step of a full comparison: digests added up, what differs narrowed to documents, every index judged.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { addsUp, type Equation } from '../../shared/domain/certificate.ts'
import { errorOf } from '../rfs/failure.ts'
import { refresh } from '../rfs/target.ts'
import { BUCKETS, type Digest } from './digest.ts'
import type { Gathered } from './gather.ts'
import { type Narrowed, narrow } from './narrow.ts'
import type { Difference, IndexOutcome } from './outcome.ts'
import { comparable } from './plan.ts'
import type { Subject } from './subjects.ts'
import { readState } from './target-state.ts'
import type { OpenSnapshot } from './work.ts'
import type { ComparisonWorker } from './worker.ts'

export type Comparing = {
  worker: ComparisonWorker
  opened: OpenSnapshot
  target: ClusterClient
  /** Of the index alone. */
  gathered: Gathered
  /** Ids that the backfill kept as rejected, of the index alone. */
  rejected: ReadonlySet<string>
  tell(difference: Difference): void
  signal: AbortSignal
}

const nothingKnown = {
  equation: null,
  digests: null,
  documents: null,
  buckets: null,
  targetState: [],
}

/** Never throws but for `signal`: what stands in the way of an index is its outcome. */
export async function compareIndex(parts: Comparing, subject: Subject): Promise<IndexOutcome> {
  const { opened, signal } = parts
  const { name: index, targetName: targetIndex } = subject
  try {
    const answer = await comparable(opened, subject, signal)
    if (!('shards' in answer)) return notCompared(subject, answer.code, answer.reason)
    return await judge(parts, subject, answer.shards)
  } catch (error) {
    signal.throwIfAborted()
    const { code, message, evidence, remedy } = errorOf(error)
    const told = { status: 'unknown' as const, reason: message, remedy, evidence: { code, ...evidence } }
    return { index, targetIndex, ...nothingKnown, ...told }
  }
}

const remedies: Record<string, string> = {
  source_not_kept: 'Validate what can be seen of it with queries; its documents are nowhere to compare with.',
  index_missing: 'Migrate the metadata of the index, then its documents.',
  index_closed: 'Open the index on the target, then validate again.',
}

/** An index that the target does not have is known not to be there; anything else is not known. */
function notCompared({ name, targetName }: Subject, code: string, reason: string): IndexOutcome {
  const status = code === 'index_missing' ? ('fail' as const) : ('unknown' as const)
  const remedy = remedies[code] ?? null
  return { index: name, targetIndex: targetName, ...nothingKnown, status, reason, remedy, evidence: { code } }
}

async function judge(parts: Comparing, subject: Subject, shards: number): Promise<IndexOutcome> {
  const { gathered, target, signal } = parts
  const { name: index, targetName: targetIndex } = subject
  if (gathered.notRead > 0 || gathered.items === 0) return unfinished(subject, gathered)
  const { source, target: found, views: planned, skipped } = gathered
  const differing = source.differing(found)
  const before = await readState(target, targetIndex, signal)
  const sums = await narrowed(parts, subject, { differing, shards })
  await refresh(target, [targetIndex], signal)
  const after = await readState(target, targetIndex, signal)
  const changed = isChanged(planned, before.views) || isChanged(planned, after.views)
  const truth = source.documents + skipped
  const equal = sums.equal + equalElsewhere(source, differing)
  const equation: Equation = { truth, skipped, superseded: 0, ...sums, equal }
  return {
    index,
    targetIndex,
    ...verdict(equation, changed, differing.length > 0),
    equation,
    digests: { source: source.total, target: found.total },
    documents: { source: truth, target: found.documents },
    buckets: { differing: differing.length, of: BUCKETS },
    targetState: planned,
    evidence: changed ? { planned, before: before.views, after: after.views } : {},
  }
}

function unfinished({ name, targetName }: Subject, { undone, notRead }: Gathered): IndexOutcome {
  const [first] = undone
  return {
    index: name,
    targetIndex: targetName,
    ...nothingKnown,
    status: 'unknown',
    reason: first?.error?.message ?? 'Parts of the index were not read',
    remedy: first?.error?.remedy ?? 'Look at the issues of the run, then validate again.',
    evidence: { parts: undone, notRead },
  }
}

/** A shard that does not tell its state cannot be said to have changed; the certificate shows that it was silent. */
function isChanged(planned: (string | null)[], now: (string | null)[]): boolean {
  return planned.length !== now.length || planned.some((view, shard) => view !== null && view !== now[shard])
}

async function narrowed(
  { worker, gathered, rejected, tell, signal }: Comparing,
  { name, targetName }: Subject,
  { differing, shards }: { differing: number[]; shards: number },
): Promise<Narrowed> {
  if (differing.length === 0) return { equal: 0, missing: 0, different: 0, extra: 0, rejected: 0 }
  return narrow({
    worker,
    index: name,
    targetIndex: targetName,
    shards: { source: shards, target: gathered.views.length },
    buckets: new Set(differing),
    counted: (bucket) => gathered.target.count(bucket),
    rejected,
    tell,
    signal,
  })
}

function equalElsewhere(source: Digest, differing: number[]): number {
  return source.documents - differing.reduce((sum, bucket) => sum + source.count(bucket), 0)
}

type Verdict = Pick<IndexOutcome, 'status' | 'reason' | 'remedy'>

function verdict(equation: Equation, changed: boolean, digestsDiffer: boolean): Verdict {
  if (changed)
    return {
      status: 'unknown',
      reason: 'The target was written to while it was compared, so what was read belongs to no one moment',
      remedy: 'Stop the writes to the index, then validate again.',
    }
  const { different, missing, extra, rejected } = equation
  const wrong = different + missing + extra + rejected
  if (!addsUp(equation) || wrong > 0 !== digestsDiffer)
    return {
      status: 'unknown',
      reason: 'The documents do not add up: what differs was not found again when it was looked for',
      remedy: 'Validate again; if it stays, report it with the files of the run.',
    }
  if (wrong === 0) return { status: 'pass', reason: null, remedy: null }
  const parts = Object.entries({ missing, different, extra, rejected }).filter(([, count]) => count > 0)
  return {
    status: 'fail',
    reason: parts.map(([kind, count]) => `${count} ${kind}`).join(', '),
    remedy: 'See the file of differences; backfill what is missing or different, remove what is extra.',
  }
}
