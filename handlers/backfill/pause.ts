// POST /sessions/:session/backfill/pause
import * as v from 'valibot'
import { pauseRun } from '../../shared/db/heavy-runs.ts'
import { Run } from '../../shared/domain/run.ts'
import { getLatestBackfill } from '../../shared/http/latest-backfill.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({ reason: v.optional(v.pipe(v.string(), v.maxLength(500))) })

/** Pauses the backfill: everything is kept, workers give back what they hold and take nothing new. */
export default route().post(
  '/sessions/:session/backfill/pause',
  operation({
    id: 'backfillPause',
    summary: 'Pause the backfill',
    access: 'operator',
    returns: { 202: Run },
    problems: [
      'session_not_found',
      'backfill_not_started',
      'run_not_running',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body, { optional: true }),
  async (c) => {
    const { db, principal, requestId } = c.var
    const reason = c.req.valid('json').reason ?? null
    c.set('reason', reason)
    const latest = await getLatestBackfill(c)
    const run = await pauseRun(db, latest.id, { actor: principal.name, requestId, reason })
    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
