// POST /sessions/:session/snapshot/start
import * as v from 'valibot'
import { insertRun } from '../../shared/db/runs.ts'
import { Run } from '../../shared/domain/run.ts'
import { SnapshotParams } from '../../shared/domain/snapshot.ts'
import { getRepositoryAccess } from '../../shared/http/repository.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'
import { snapshotStart } from '../../shared/queue/queues.ts'

/** Opens a snapshot run and queues it. A repository that may not be read from here is refused before anything is taken. */
export default route().post(
  '/sessions/:session/snapshot/start',
  operation({
    id: 'snapshotStart',
    summary: 'Take a snapshot of the source, or use one that exists',
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
      'repository_not_configured',
      'repository_not_allowed',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'not_on_this_runtime',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(SnapshotParams),
  async (c) => {
    const { db, queues, session, principal, requestId, traceparent } = c.var
    const asked = c.req.valid('json')
    const { version, document } = await getValidConfig(db, session.id)
    await getCluster(db, session.id, document, 'source')
    const repository = document.repositories?.[asked.repository]
    if (!repository)
      throw new Problem('repository_not_configured', `The config has no repository "${asked.repository}"`)
    await getRepositoryAccess(c, repository)
    const params = v.parse(SnapshotParams, { selection: document.selection, ...asked })

    const run = await db.transaction(async (tx) => {
      const run = await insertRun(tx, {
        sessionId: session.id,
        action: 'snapshot',
        params,
        configVersion: version,
        requestedBy: principal.name,
        requestId,
        traceparent,
      })
      await queues.enqueue(tx, snapshotStart, { runId: run.id })
      return run
    })

    return c.json(run, 202, { location: `/runs/${run.id}` })
  },
)
