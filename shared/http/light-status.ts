// What `…/latest_status` of a light tool answers.
import type { Context } from 'hono'
import * as v from 'valibot'
import { countItems, listArtifacts, listIssues } from '../db/run-parts.ts'
import { findLatestRun } from '../db/runs.ts'
import { type Action, Artifact, Issue, OutcomeCounts, Progress, Run, Status } from '../domain/run.ts'
import type { AppEnv } from './context.ts'

export const LightStatus = v.pipe(
  v.strictObject({
    status: Status,
    progress: v.nullable(Progress),
    artifacts: v.array(Artifact),
    run: v.nullable(Run),
    items: OutcomeCounts,
    /** The worst first, at most 100; all of them at `/runs/{run}/issues`. */
    issues: v.array(Issue),
  }),
  v.metadata({ ref: 'LightStatus' }),
)
export type LightStatus = v.InferOutput<typeof LightStatus>

const ISSUES_SHOWN = 100

/** Reads the latest run of an action with its parts; before any run everything is empty, not zero percent. */
export async function getActionStatus(c: Context<AppEnv>, action: Action): Promise<LightStatus> {
  const { db, session, door } = c.var
  const run = await findLatestRun(db, session.id, action)
  if (!run)
    return {
      status: 'NotStarted',
      progress: null,
      artifacts: [],
      run: null,
      items: { ok: 0, skipped: 0, warning: 0, failed: 0 },
      issues: [],
    }
  const issues = await listIssues(db, run.id, { after: undefined, limit: ISSUES_SHOWN })
  return {
    status: run.state,
    progress: run.progress,
    artifacts: await listArtifacts(db, run.id, door.basePath),
    run,
    items: await countItems(db, run.id),
    issues: issues.slice(0, ISSUES_SHOWN).map(({ order: _, ...issue }) => issue),
  }
}
