// DELETE /sessions/:session/snapshots/:name
import * as v from 'valibot'
import { ClusterFailure } from '../../shared/cluster/client.ts'
import {
  registeredName,
  registerRepository,
  registrationOf,
} from '../../shared/cluster/snapshot-repository.ts'
import { deleteSnapshot, findSnapshot } from '../../shared/cluster/snapshots.ts'
import { resolveConnection } from '../../shared/connections.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { RepositoryName } from '../../shared/domain/config.ts'
import { DeletedSnapshot, SnapshotName } from '../../shared/domain/snapshot.ts'
import { chooseRepository } from '../../shared/http/repository.ts'
import { operation, params, query, route } from '../../shared/http/route.ts'
import { refuseSnapshotInUse } from '../../shared/http/snapshot-in-use.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({ session: v.string(), name: SnapshotName })
const Query = v.strictObject({
  repository: v.optional(RepositoryName),
  /** The name once more. */
  confirm: v.optional(v.string()),
})
const READ_MS = 15_000
/** The source may be at it for longer; it goes on when we have answered. */
const DELETE_MS = 45_000

/** Deletes a snapshot through the source cluster, which knows what other snapshots share with it. No file is touched by us. */
export default route().delete(
  '/sessions/:session/snapshots/:name',
  operation({
    id: 'snapshotsDelete',
    summary: 'Delete a snapshot',
    access: 'admin',
    returns: { 200: DeletedSnapshot, 202: DeletedSnapshot },
    problems: [
      'session_not_found',
      'repository_not_found',
      'snapshot_not_found',
      'origin_not_allowed',
      'confirmation_needed',
      'snapshot_in_use',
      'config_invalid',
      'source_is_target',
      'source_not_configured',
      'repository_not_configured',
      'repository_differs',
      'repository_refused',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'cluster_failed',
      'not_on_this_runtime',
    ],
  }),
  params(Params),
  query(Query),
  async (c) => {
    const { db, seal, clusters, session, principal, requestId } = c.var
    const { name } = c.req.valid('param')
    const { repository: asked, confirm } = c.req.valid('query')
    const { document } = await getValidConfig(db, session.id)
    const { name: repository, repository: place } = chooseRepository(document, asked)
    if (confirm !== name)
      throw new Problem(
        'confirmation_needed',
        `Deleting the snapshot "${name}" from "${repository}" cannot be undone; repeat its name as ?confirm=${name}`,
      )
    await refuseSnapshotInUse(db, session.id, { repository, snapshot: name })
    const cluster = await getCluster(db, session.id, document, 'source')
    const client = clusters.connect(await resolveConnection({ db, seal }, session.id, 'source', cluster))
    try {
      const at = { repository: registeredName(repository), snapshot: name }
      const limits = { timeoutMs: READ_MS }
      await registerRepository(client, at.repository, registrationOf(place, {}), limits, { tune: false })
      const found = await findSnapshot(client, at, limits)
      if (!found)
        throw new Problem('snapshot_not_found', `The repository "${repository}" has no snapshot "${name}"`)
      const finished = await deleteSnapshot(client, at, { timeoutMs: DELETE_MS }).then(() => true, goesOn)

      const { uuid, state, indexes, startedAt } = found
      const deleted = { uuid, state, indexes, startedAt }
      await appendEvent(db, {
        sessionId: session.id,
        runId: null,
        type: 'snapshot.deleted',
        data: { repository, name, uuid, finished },
        actor: principal.name,
        requestId,
      })
      const message = `The snapshot and the files that only it uses ${finished ? 'are deleted' : 'are being deleted by the source'}; other snapshots, the source and the target stay as they are`
      return c.json({ repository, name, finished, deleted, message }, finished ? 200 : 202)
    } finally {
      await client.close()
    }
  },
)

/** A deletion that is not done in time goes on in the source. */
function goesOn(error: unknown): false {
  if (error instanceof ClusterFailure && error.kind === 'timeout') return false
  throw error
}
