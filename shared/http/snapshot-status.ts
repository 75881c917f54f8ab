// What `…/snapshot/status` answers.
import type { Context } from 'hono'
import * as v from 'valibot'
import { listItems } from '../db/run-parts.ts'
import type { Run, RunItem } from '../domain/run.ts'
import { IndexProgress, type SnapshotStatus } from '../domain/snapshot.ts'
import type { AppEnv } from './context.ts'
import { getActionStatus } from './light-status.ts'

const INDEXES_SHOWN = 500
/** How far the rate may be off for the range of an ETA. */
const SPREAD = 0.3

/** Reads the latest snapshot run with its indexes; before any run everything is empty, not zero percent. */
export async function getSnapshotStatus(c: Context<AppEnv>): Promise<SnapshotStatus> {
  const { status, progress, run, issues } = await getActionStatus(c, 'snapshot')
  const items = run
    ? await listItems(c.var.db, run.id, { kind: 'index', after: undefined, limit: INDEXES_SHOWN })
    : []
  const indexes = items.slice(0, INDEXES_SHOWN).flatMap(indexOf)
  return { status, progress, eta: run ? etaOf(run) : null, run, indexes, issues }
}

function indexOf({ name, detail }: RunItem): IndexProgress[] {
  const parsed = v.safeParse(IndexProgress, { name, ...Object(detail.after) })
  return parsed.success ? [parsed.output] : []
}

/** At the rate since the run began; null while that, or how much there is, is not known. */
function etaOf({ state, startedAt, progress }: Run): SnapshotStatus['eta'] {
  if (state !== 'Running' || startedAt === null || !progress || progress.total === null) return null
  const { done, total, updatedAt } = progress
  const elapsed = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1_000
  if (done <= 0 || elapsed <= 0) return null
  const seconds = ((total - done) * elapsed) / done
  const at = new Date(Date.parse(updatedAt) + seconds * 1_000).toISOString()
  return { at, seconds, low: seconds / (1 + SPREAD), high: seconds / (1 - SPREAD) }
}
