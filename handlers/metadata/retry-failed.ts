// POST /sessions/:session/metadata/retry_failed
import * as v from 'valibot'
import { countItems } from '../../shared/db/run-parts.ts'
import { findLatestRun, insertRun } from '../../shared/db/runs.ts'
import { MetadataParams, UserTransform } from '../../shared/domain/metadata.ts'
import { Run } from '../../shared/domain/run.ts'
import { checkMetadataSource } from '../../shared/http/metadata-source.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'
import { metadataStart } from '../../shared/queue/queues.ts'

const Body = v.strictObject({
  /** Transforms that mend what failed; without them those of the first run apply. */
  transforms: v.optional(v.pipe(v.array(UserTransform), v.maxLength(20))),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
})

/** Opens a run that does again only what failed in the latest one, with its parameters and the config of now. */
export default route().post(
  '/sessions/:session/metadata/retry_failed',
  operation({
    id: 'metadataRetryFailed',
    summary: 'Retry the failed items of the latest metadata run',
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
      'source_not_configured',
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
    const { db, queues, session, principal, requestId, traceparent } = c.var
    const { transforms, reason } = c.req.valid('json')
    c.set('reason', reason ?? null)
    const { version, document } = await getValidConfig(db, session.id)
    await getCluster(db, session.id, document, 'target')

    const run = await db.transaction(async (tx) => {
      const latest = await findLatestRun(tx, session.id, 'metadata')
      if (latest && latest.finishedAt === null)
        throw new Problem('run_in_progress', 'A metadata run is open; wait for it or stop it', {
          members: { runId: latest.id },
        })
      if (!latest || (await countItems(tx, latest.id)).failed === 0)
        throw new Problem(
          'nothing_to_retry',
          latest ? 'No item of the latest metadata run failed' : 'No metadata run has ended yet',
        )
      const { snapshotRef } = v.parse(MetadataParams, latest.params)
      await checkMetadataSource(tx, session.id, document, snapshotRef)
      const run = await insertRun(tx, {
        sessionId: session.id,
        action: 'metadata',
        params: { ...latest.params, ...(transforms ? { transforms } : {}) },
        configVersion: version,
        retryOf: latest.id,
        requestedBy: principal.name,
        requestId,
        traceparent,
      })
      await queues.enqueue(tx, metadataStart, { runId: run.id })
      return run
    })

    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
