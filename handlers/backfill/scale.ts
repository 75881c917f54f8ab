// POST /sessions/:session/backfill/scale
import * as v from 'valibot'
import { scaleRun } from '../../shared/db/heavy-runs.ts'
import { Knobs } from '../../shared/domain/backfill.ts'
import { Run } from '../../shared/domain/run.ts'
import { getLatestBackfill } from '../../shared/http/latest-backfill.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({
  workers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256))),
  batchBytes: v.optional(Knobs.entries.batchBytes.wrapped),
  concurrency: v.optional(Knobs.entries.concurrency.wrapped),
  rateLimit: v.optional(Knobs.entries.rateLimit.wrapped),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
})

/** Changes workers, batch size, concurrency or rate while the backfill runs. */
export default route().post(
  '/sessions/:session/backfill/scale',
  operation({
    id: 'backfillScale',
    summary: 'Change the workers and knobs of the backfill',
    access: 'operator',
    returns: { 202: Run },
    problems: [
      'session_not_found',
      'backfill_not_started',
      'run_not_open',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body),
  async (c) => {
    const { db, principal, requestId } = c.var
    const { workers, reason = null, ...knobs } = c.req.valid('json')
    c.set('reason', reason)
    const latest = await getLatestBackfill(c)
    const run = await scaleRun(
      db,
      latest.id,
      { workers, knobs },
      { actor: principal.name, requestId, reason },
    )
    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
