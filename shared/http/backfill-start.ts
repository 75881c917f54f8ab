// What the start of a backfill and its retry share.
import type { Context } from 'hono'
import * as v from 'valibot'
import { findConfig } from '../db/configs.ts'
import type { Db } from '../db/database.ts'
import { findRun, insertRun } from '../db/runs.ts'
import { BackfillPlan, Knobs } from '../domain/backfill.ts'
import type { ConfigDocument } from '../domain/config.ts'
import { judgeConfig } from '../domain/config-rules.ts'
import type { Run } from '../domain/run.ts'
import type { SnapshotRef } from '../domain/snapshot-ref.ts'
import { Problem } from '../problems.ts'
import { runTick, workflowSubmit } from '../queue/queues.ts'
import type { AppEnv } from './context.ts'
import { getCluster, getValidConfig } from './startable.ts'

type Retry = { of: string; group: string | null }
type Start = { snapshotRef: SnapshotRef; plan: Record<string, unknown>; retry?: Retry }

/** Opens a backfill run and queues its submission, in one transaction. The engine is reached by that job, never from here. */
export async function startBackfill(
  c: Context<AppEnv>,
  { snapshotRef, plan: given, retry: asked }: Start,
): Promise<Run> {
  const { db, queues, session, principal, requestId, traceparent } = c.var
  const { version, document } = await getValidConfig(db, session.id)
  await getCluster(db, session.id, document, 'target')
  if (!document.repositories?.[snapshotRef.repository])
    throw new Problem('repository_not_configured', `The config has no repository "${snapshotRef.repository}"`)
  const plan = v.parse(BackfillPlan, { selection: document.selection, ...document.backfill, ...given })
  const earlier = plan.resumeFrom
    ? await getResumable(db, session.id, plan.resumeFrom, { snapshotRef, document })
    : undefined
  // Whoever goes on with a retry retries the same.
  const retry = asked ?? (earlier && retryOf(earlier))
  const { batchBytes, concurrency, rateLimit } = plan
  return db.transaction(async (tx) => {
    const run = await insertRun(tx, {
      sessionId: session.id,
      action: 'backfill',
      params: { snapshotRef, plan, ...(retry?.group ? { group: retry.group } : {}) },
      configVersion: version,
      retryOf: retry?.of,
      requestedBy: principal.name,
      requestId,
      traceparent,
      workers: plan.workers,
      knobs: v.parse(Knobs, { batchBytes, concurrency, rateLimit }),
    })
    const first = c.var.door.engine === 'argo' ? workflowSubmit : runTick
    await queues.enqueue(tx, first, { runId: run.id }, { singletonKey: run.id })
    return run
  })
}

function retryOf({ retryOf: of, params: { group } }: Run): Retry | undefined {
  return of === null ? undefined : { of, group: typeof group === 'string' ? group : null }
}

/** Checkpoints say what one target took of one snapshot in one session; they are worth nothing anywhere else. */
async function getResumable(
  db: Db,
  sessionId: string,
  resumeFrom: string,
  now: { snapshotRef: SnapshotRef; document: ConfigDocument },
): Promise<Run> {
  const earlier = await findRun(db, resumeFrom)
  const config = earlier && (await findConfig(db, sessionId, earlier.configVersion))
  const before = judgeConfig(config?.document).document
  const { repository, snapshot } = now.snapshotRef
  const reason =
    !earlier || earlier.sessionId !== sessionId || earlier.action !== 'backfill'
      ? 'This session has no such backfill'
      : earlier.finishedAt === null
        ? 'That backfill is still open'
        : !v.is(
              v.object({
                snapshotRef: v.object({ repository: v.literal(repository), snapshot: v.literal(snapshot) }),
              }),
              earlier.params,
            )
          ? 'That backfill moved another snapshot'
          : before?.target?.endpoint !== now.document.target?.endpoint
            ? 'That backfill wrote into another target'
            : null
  if (earlier && reason === null) return earlier
  const message = `${reason}; its checkpoints cannot be gone on with`
  const hint = 'Leave resumeFrom out to start from the beginning'
  throw new Problem('invalid_input', message, {
    errors: [{ path: 'plan.resumeFrom', code: 'not_resumable', message, hint }],
  })
}
