// POST /sessions/:session/backfill/retry_failed
import * as v from 'valibot'
import { countFailures, isWorkDone } from '../../shared/db/backfills.ts'
import type { Db } from '../../shared/db/database.ts'
import { listFailureGroups } from '../../shared/db/failures.ts'
import { findLatestRun } from '../../shared/db/runs.ts'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import { UserTransform } from '../../shared/domain/metadata.ts'
import { Run } from '../../shared/domain/run.ts'
import { SnapshotRef } from '../../shared/domain/snapshot-ref.ts'
import { startBackfill } from '../../shared/http/backfill-start.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Body = v.strictObject({
  /** Key of a group of `failed_documents`: only its documents are sent. Without it, everything that failed. */
  group: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
  transforms: v.optional(v.pipe(v.array(UserTransform), v.maxLength(20))),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
})
const Params = v.object({ snapshotRef: SnapshotRef, plan: BackfillPlan })

/**
 * Opens a run that does again what failed in the latest backfill, and stands for both: what was done stays counted.
 * With a group only the documents of that cause are read and sent; the others stay failed. Without one every part that
 * failed or had documents rejected is done again; what the target holds already is left as it is.
 */
export default route().post(
  '/sessions/:session/backfill/retry_failed',
  operation({
    id: 'backfillRetryFailed',
    summary: 'Retry what failed in the latest backfill, or one group of it',
    access: 'operator',
    returns: { 202: Run },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'run_in_progress',
      'nothing_to_retry',
      'work_left',
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
    const { group, transforms, reason } = c.req.valid('json')
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

    if (group !== undefined) await checkGroup(db, latest.id, group)

    // A part that is done again whole meets its own documents; one of a group meets only what others wrote.
    const existing = group === undefined ? 'skip' : plan.existing
    const again = { ...plan, existing, resumeFrom: undefined, ...(transforms ? { transforms } : {}) }
    const run = await startBackfill(c, {
      snapshotRef,
      plan: again,
      retry: { of: latest.id, group: group ?? null },
    })
    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)

async function checkGroup(db: Db, runId: string, group: string): Promise<void> {
  const groups = await listFailureGroups(db, runId)
  if (!groups.some(({ key }) => key === group)) {
    const message = `The latest backfill has no group "${group}" of failed documents`
    const hint = `One of ${groups.map(({ key }) => key).join(', ') || 'none: no documents were rejected'}`
    throw new Problem('invalid_input', message, {
      errors: [{ path: '/group', code: 'group', message, hint }],
    })
  }
  if (!(await isWorkDone(db, runId)))
    throw new Problem(
      'work_left',
      'The latest backfill ended before its work was done; go on with it by plan.resumeFrom, then retry the group',
    )
}
