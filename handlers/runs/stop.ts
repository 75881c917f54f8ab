// POST /runs/:run/stop
import * as v from 'valibot'
import { stopRun } from '../../shared/db/runs.ts'
import { Run } from '../../shared/domain/run.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({ reason: v.optional(v.pipe(v.string(), v.maxLength(500))) })

/** Asks a run to stop. What it has done stays done; the tool lets go within two seconds. */
export default route().post(
  '/runs/:run/stop',
  operation({
    id: 'runsStop',
    summary: 'Stop a run',
    access: 'operator',
    returns: { 202: Run },
    problems: [
      'run_not_found',
      'run_not_open',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body, { optional: true }),
  async (c) => {
    const { db, run, principal, requestId } = c.var
    const reason = c.req.valid('json').reason ?? null
    c.set('reason', reason)
    const stopped = await stopRun(db, run.id, { actor: principal.name, requestId, reason })
    return c.json(stopped, 202, { location: `/runs/${run.id}` })
  },
)
