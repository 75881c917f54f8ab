// POST /sessions/:session/backfill/start
import * as v from 'valibot'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import { Run } from '../../shared/domain/run.ts'
import { SnapshotRef } from '../../shared/domain/snapshot-ref.ts'
import { startBackfill } from '../../shared/http/backfill-start.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({ snapshotRef: SnapshotRef, plan: v.optional(BackfillPlan, {}) })

/** Opens a backfill run and queues it. The engine is reached by a job, never from here. */
export default route().post(
  '/sessions/:session/backfill/start',
  operation({
    id: 'backfillStart',
    summary: 'Start the backfill of a session',
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
      'repository_not_configured',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body),
  async (c) => {
    // The raw plan lies over the config's, so that a default of the schema does not hide what the config says.
    const { plan = {} } = await c.req.json<{ plan?: Record<string, unknown> }>()
    const run = await startBackfill(c, { snapshotRef: c.req.valid('json').snapshotRef, plan })
    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
