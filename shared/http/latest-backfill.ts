import type { Context } from 'hono'
import { findLatestRun } from '../db/runs.ts'
import type { Run } from '../domain/run.ts'
import { Problem } from '../problems.ts'
import type { AppEnv } from './context.ts'

/** The run that the backfill's verbs speak of. */
export async function getLatestBackfill(c: Context<AppEnv>): Promise<Run> {
  const run = await findLatestRun(c.var.db, c.var.session.id, 'backfill')
  if (!run)
    throw new Problem('backfill_not_started', `No backfill of "${c.var.session.name}" has been started`)
  return run
}
