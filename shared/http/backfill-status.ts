// Puts the status of a backfill together from Postgres, and from the engine if it answers at once; else what it said
// last, with its age.
import type * as v from 'valibot'
import { type IndexSums, listIndexSums, listWorkers, readHeavyRun, readRate } from '../db/backfills.ts'
import type { Db } from '../db/database.ts'
import { listIssues } from '../db/run-parts.ts'
import { findLatestRun } from '../db/runs.ts'
import type { BackfillIndex, BackfillStatus, Eta } from '../domain/backfill-status.ts'
import type { Run } from '../domain/run.ts'
import type { WorkflowReader } from '../workflows/reader.ts'
import { readWorkflow, referenceOf } from './run-workflow.ts'

const ISSUES_SHOWN = 100
/** A count of the target older than this is shown as stale while the run goes on. */
const STALE_MS = 30_000
/** A status never waits longer for the engine. */
const WAIT_MS = 300

const nothing = { total: null, done: 0, failed: 0 }

/** The status of the latest backfill of a session; before any, that there is none. */
export async function getBackfillStatus(
  { db, workflows }: { db: Db; workflows: WorkflowReader },
  sessionId: string,
): Promise<BackfillStatus> {
  const run = await findLatestRun(db, sessionId, 'backfill')
  if (!run) return notStarted()
  const [heavy, sums, workers, issues, workflow] = await Promise.all([
    readHeavyRun(db, run.id),
    listIndexSums(db, run.id),
    run.finishedAt === null ? listWorkers(db, run.id) : [],
    listIssues(db, run.id, { after: undefined, limit: ISSUES_SHOWN }),
    workflowOf({ db, workflows }, run),
  ])
  const rate = run.state === 'Running' ? await readRate(db, run.id) : null
  const bytes = { total: add(sums, 'bytesTotal'), done: add(sums, 'bytesDone'), failed: 0 }
  const progress = {
    percent: percentOf(sums, heavy.planned) ?? run.progress?.percent ?? null,
    shards: {
      total: heavy.planned ? add(sums, 'shards') : null,
      done: heavy.shardsDone,
      failed: heavy.shardsFailed,
    },
    documents: {
      total: heavy.planned && add(sums, 'itemsUncounted') === 0 ? add(sums, 'expected') : null,
      done: add(sums, 'written') + add(sums, 'skipped'),
      failed: add(sums, 'rejected'),
    },
    bytes: heavy.planned ? bytes : nothing,
    documentsPerSecond: rate?.documents ?? null,
    bytesPerSecond: rate?.bytes ?? null,
    lastProgressAt: run.lastProgressAt,
  }
  return {
    phase: run.state === 'Running' ? (heavy.phase ?? 'Running') : run.state,
    eta: rate && heavy.planned && rate.bytes > 0 ? estimate(bytes.total - bytes.done, rate) : null,
    issues: issues.slice(0, ISSUES_SHOWN).map(({ order: _, ...issue }) => issue),
    run,
    workflow,
    progress,
    waitingFor: run.waitingFor,
    indexes: sums.map((sum) => indexOf(sum, run.finishedAt === null)),
    workers,
    wantedWorkers: heavy.wantedWorkers,
    updatedAt: run.updatedAt,
  }
}

/** Of the same moment as the documents beside it; null until their number is known. */
function percentOf(sums: IndexSums[], planned: boolean): number | null {
  const expected = add(sums, 'expected')
  if (!planned || expected === 0 || add(sums, 'itemsUncounted') > 0) return null
  const done = add(sums, 'written') + add(sums, 'skipped') + add(sums, 'rejected')
  return Math.floor((100 * done) / expected)
}

function notStarted(): BackfillStatus {
  const progress = {
    percent: null,
    shards: nothing,
    documents: nothing,
    bytes: nothing,
    documentsPerSecond: null,
    bytesPerSecond: null,
    lastProgressAt: null,
  }
  return {
    phase: 'NotStarted',
    eta: null,
    issues: [],
    run: null,
    workflow: null,
    progress,
    waitingFor: null,
    indexes: [],
    workers: [],
    wantedWorkers: null,
    updatedAt: null,
  }
}

function add(
  sums: IndexSums[],
  key:
    | 'shards'
    | 'bytesTotal'
    | 'bytesDone'
    | 'expected'
    | 'written'
    | 'skipped'
    | 'rejected'
    | 'itemsUncounted',
): number {
  return sums.reduce((total, sum) => total + sum[key], 0)
}

function estimate(
  left: number,
  { bytes, spread }: { bytes: number; spread: number },
): v.InferOutput<typeof Eta> {
  const seconds = Math.round(left / bytes)
  return {
    at: new Date(Date.now() + seconds * 1_000).toISOString(),
    seconds,
    low: Math.round(seconds * (1 - spread)),
    high: Math.round(seconds * (1 + spread)),
  }
}

function indexOf(sum: IndexSums, open: boolean): v.InferOutput<typeof BackfillIndex> {
  const { name, targetName, shards, written, rejected, skipped, targetCount, targetObservedAt, targetError } =
    sum
  const age = targetObservedAt === null ? Number.POSITIVE_INFINITY : Date.now() - Date.parse(targetObservedAt)
  return {
    name,
    targetName,
    shards,
    documents: { expected: sum.itemsUncounted > 0 ? null : sum.expected, written, rejected, skipped },
    target: {
      count: targetCount,
      observedAt: targetObservedAt,
      stale: targetError !== null || (open && age > STALE_MS),
      error: targetError,
    },
  }
}

/** Unknown is said to be so, with the reason, and the moment at which it was still known. */
async function workflowOf(
  parts: { db: Db; workflows: WorkflowReader },
  run: Run,
): Promise<BackfillStatus['workflow']> {
  const reference = referenceOf(run)
  if (!reference) return null
  const { phase, message, observedAt, reason, last } = await readWorkflow(parts, run, reference, WAIT_MS)
  const said = phase === 'Unknown' && last ? `${reason}; it was ${last.phase} then` : (reason ?? message)
  return { ...reference, phase, message: said, observedAt: last?.observedAt ?? observedAt }
}
