// POST /sessions/:session/snapshot/stop
import * as v from 'valibot'
import { findLatestRun, stopRun } from '../../shared/db/runs.ts'
import { Run } from '../../shared/domain/run.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'
import { snapshotStart } from '../../shared/queue/queues.ts'

const Body = v.strictObject({ reason: v.optional(v.pipe(v.string(), v.maxLength(500))) })

/** Ends the snapshot that is being taken, on the source too, and removes what is there of it. */
export default route().post(
  '/sessions/:session/snapshot/stop',
  operation({
    id: 'snapshotStop',
    summary: 'Stop the snapshot that is being taken',
    access: 'operator',
    returns: { 202: Run },
    problems: [
      'session_not_found',
      'snapshot_not_started',
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
    const { db, queues, session, principal, requestId } = c.var
    const reason = c.req.valid('json').reason ?? null
    c.set('reason', reason)
    const latest = await findLatestRun(db, session.id, 'snapshot')
    if (!latest)
      throw new Problem('snapshot_not_started', `No snapshot of "${session.name}" has been started`)

    const run = await db.transaction(async (tx) => {
      const run = await stopRun(tx, latest.id, { actor: principal.name, requestId, reason })
      // Whoever works on it hears of it; where nobody does, this delivery ends what is left on the source.
      if (run.state === 'Stopping') await queues.enqueue(tx, snapshotStart, { runId: run.id })
      return run
    })

    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
