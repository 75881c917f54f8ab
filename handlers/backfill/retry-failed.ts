// POST /sessions/:session/backfill/retry_failed
import * as v from 'valibot'
import { countFailures } from '../../shared/db/backfills.ts'
import { findLatestRun } from '../../shared/db/runs.ts'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import { UserTransform } from '../../shared/domain/metadata.ts'
import { Run } from '../../shared/domain/run.ts'
import { SnapshotRef } from '../../shared/domain/snapshot-ref.ts'
import { startBackfill } from '../../shared/http/backfill-start.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Body = v.strictObject({
  transforms: v.optional(v.pipe(v.array(UserTransform), v.maxLength(20))),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
})
const Params = v.object({ snapshotRef: SnapshotRef, plan: BackfillPlan })

/**
 * Opens a run that does again only the parts of the latest backfill that failed or had documents rejected. What the
 * target holds already is left as it is, so only the documents that are missing are written.
 */
export default route().post(
  '/sessions/:session/backfill/retry_failed',
  operation({
    id: 'backfillRetryFailed',
    summary: 'Retry what failed in the latest backfill',
    access: 'operator',
    returns: { 202: Run },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'run_in_progress',
      'nothing_to_retry',
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
  body(Body, { optional: true }),
  async (c) => {
    const { db, session } = c.var
    const { transforms, reason } = c.req.valid('json')
    c.set('reason', reason ?? null)
    const latest = await findLatestRun(db, session.id, 'backfill')
    if (latest && latest.finishedAt === null)
      throw new Problem('run_in_progress', 'A backfill is open; wait for it or stop it', {
        members: { runId: latest.id },
      })
    const failures = latest ? await countFailures(db, latest.id) : { documents: 0, items: 0 }
    if (!latest || failures.documents + failures.items === 0)
      throw new Problem(
        'nothing_to_retry',
        latest ? 'Nothing failed in the latest backfill' : 'No backfill has ended yet',
      )
    const { snapshotRef, plan } = v.parse(Params, latest.params)

    const again = { ...plan, existing: 'skip', resumeFrom: undefined, ...(transforms ? { transforms } : {}) }
    const run = await startBackfill(c, { snapshotRef, plan: again, retryOf: latest.id })
    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
