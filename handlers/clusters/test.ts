// POST /sessions/:session/clusters/:role/test
import * as v from 'valibot'
import { checkConnection } from '../../shared/cluster/check.ts'
import { resolveConnection } from '../../shared/connections.ts'
import { insertCheck } from '../../shared/db/checks.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { ClusterRole, ConnectionCheck } from '../../shared/domain/cluster.ts'
import { operation, params, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'

const Params = v.strictObject({ session: v.string(), role: ClusterRole })

/** Connects to the cluster and says, from the first layer that failed, what is wrong: dns, tcp, tls, 401, 403, version. */
export default route().post(
  '/sessions/:session/clusters/:role/test',
  operation({
    id: 'clustersTest',
    summary: 'Test the connection to a cluster',
    access: 'operator',
    returns: { 200: ConnectionCheck },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'config_invalid',
      'source_is_target',
      'source_not_configured',
      'target_not_configured',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'idempotency_key_reused',
      'request_in_progress',
      'not_on_this_runtime',
    ],
  }),
  params(Params),
  async (c) => {
    const { db, seal, clusters, session, principal, requestId } = c.var
    const { role } = c.req.valid('param')
    const { version, document } = await getValidConfig(db, session.id)
    const cluster = await getCluster(db, session.id, document, role)

    const client = clusters.connect(await resolveConnection({ db, seal }, session.id, role, cluster))
    const result = await checkConnection(client).finally(() => client.close())

    await db.transaction(async (tx) => {
      await insertCheck(tx, { sessionId: session.id, role, configVersion: version, result })
      const data = { role, result: result.result, message: result.message }
      await appendEvent(tx, {
        sessionId: session.id,
        runId: null,
        type: 'cluster.tested',
        data,
        actor: principal.name,
        requestId,
      })
    })
    return c.json(result)
  },
)
