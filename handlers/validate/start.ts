// POST /sessions/:session/validate/start
import * as v from 'valibot'
import type { Db } from '../../shared/db/database.ts'
import { findLastRunLike, findRun, insertRun } from '../../shared/db/runs.ts'
import { Knobs } from '../../shared/domain/backfill.ts'
import { Run } from '../../shared/domain/run.ts'
import { ValidateParams, ValidatePlan } from '../../shared/domain/validate.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'
import { runTick, validateStart, workflowSubmit } from '../../shared/queue/queues.ts'
import { findSnapshotRef } from '../../shared/validate-assignment.ts'

/** Opens a validation and queues it. The config's own options lie below those that are given. */
export default route().post(
  '/sessions/:session/validate/start',
  operation({
    id: 'validateStart',
    summary: 'Validate a session: before a migration, and after it',
    access: 'operator',
    returns: { 202: Run },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'run_in_progress',
      'config_invalid',
      'source_is_target',
      'target_not_configured',
      'snapshot_not_found',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(ValidateParams),
  async (c) => {
    const { db, queues, session, principal, requestId, traceparent } = c.var
    const { version, document } = await getValidConfig(db, session.id)
    await getCluster(db, session.id, document, 'target')
    if (document.source) await getCluster(db, session.id, document, 'source')
    // The raw plan lies over the config's, so that a default of the schema does not hide what the config says.
    const { plan: given = {} } = await c.req.json<{ plan?: Record<string, unknown> }>()
    const plan = v.parse(ValidatePlan, { ...document.validate, ...given })
    const checks = [...new Set(c.req.valid('json').checks)]
    const heavy = checks.includes('documents')
    if (heavy) await getSnapshotRef(db, session.id)
    if (plan.resumeFrom) await checkResumable(db, session.id, plan.resumeFrom)

    const run = await db.transaction(async (tx) => {
      const run = await insertRun(tx, {
        sessionId: session.id,
        action: 'validate',
        params: { checks, plan },
        configVersion: version,
        requestedBy: principal.name,
        requestId,
        traceparent,
        ...(heavy ? heavyOf(plan) : {}),
      })
      const first = c.var.door.engine === 'argo' ? workflowSubmit : runTick
      if (heavy) await queues.enqueue(tx, first, { runId: run.id }, { singletonKey: run.id })
      else await queues.enqueue(tx, validateStart, { runId: run.id })
      return run
    })

    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)

/** What makes workers do it: how many, and what may change while they do. */
function heavyOf({ workers, concurrency, rateLimit }: ValidatePlan) {
  return { workers, knobs: v.parse(Knobs, { concurrency, rateLimit }) }
}

async function getSnapshotRef(db: Db, sessionId: string): Promise<void> {
  const backfilled = await findLastRunLike(db, sessionId, 'backfill', { whole: true })
  if (await findSnapshotRef(db, sessionId, backfilled)) return
  throw new Problem(
    'snapshot_not_found',
    'Documents are compared with the snapshot of a backfill or snapshot run, and this session has had neither',
  )
}

/** Whether what it had read is still true is judged part by part; here only whether there is anything to go on with. */
async function checkResumable(db: Db, sessionId: string, resumeFrom: string): Promise<void> {
  const earlier = await findRun(db, resumeFrom)
  const reason =
    earlier?.sessionId !== sessionId || earlier.action !== 'validate'
      ? 'This session has no such validation'
      : earlier.finishedAt === null
        ? 'That validation is still open'
        : null
  if (reason === null) return
  const message = `${reason}; it cannot be gone on with`
  const hint = 'Leave resumeFrom out to start from the beginning'
  throw new Problem('invalid_input', message, {
    errors: [{ path: 'plan.resumeFrom', code: 'not_resumable', message, hint }],
  })
}
