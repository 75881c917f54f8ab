// POST /sessions/:session/metadata/start
import * as v from 'valibot'
import { insertRun } from '../../shared/db/runs.ts'
import { MetadataParams } from '../../shared/domain/metadata.ts'
import { Run } from '../../shared/domain/run.ts'
import { checkMetadataSource } from '../../shared/http/metadata-source.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { metadataStart } from '../../shared/queue/queues.ts'

/** Opens a metadata run and queues it. Without effects unless `dryRun` is false; the config's own options lie below. */
export default route().post(
  '/sessions/:session/metadata/start',
  operation({
    id: 'metadataStart',
    summary: 'Evaluate or migrate the metadata of a session',
    access: 'operator',
    returns: { 202: Run },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'run_in_progress',
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
  body(MetadataParams, { optional: true }),
  async (c) => {
    const { db, queues, session, principal, requestId, traceparent } = c.var
    const { version, document } = await getValidConfig(db, session.id)
    // The raw body lies over the config, so that a default of the schema does not hide what the config says.
    const given = c.req.header('content-type') === undefined ? {} : await c.req.json()
    const params = v.parse(MetadataParams, { selection: document.selection, ...document.metadata, ...given })
    await checkMetadataSource(db, session.id, document, params.snapshotRef)
    await getCluster(db, session.id, document, 'target')

    const run = await db.transaction(async (tx) => {
      const run = await insertRun(tx, {
        sessionId: session.id,
        action: 'metadata',
        params,
        configVersion: version,
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
