// GET /sessions/:session/clusters/:role
import * as v from 'valibot'
import { findCheck } from '../../shared/db/checks.ts'
import { findConfig } from '../../shared/db/configs.ts'
import { Cluster, ClusterRole, ConnectionCheck } from '../../shared/domain/cluster.ts'
import { operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ session: v.string(), role: ClusterRole })
const ClusterView = v.pipe(
  v.strictObject({
    role: ClusterRole,
    cluster: v.nullable(Cluster),
    check: v.nullable(ConnectionCheck),
    /** False where the config has changed since the check. */
    checkIsCurrent: v.boolean(),
  }),
  v.metadata({ ref: 'ClusterView' }),
)

/** The cluster as configured, and what it answered when it was last tested. */
export default route().get(
  '/sessions/:session/clusters/:role',
  operation({
    id: 'clustersGet',
    summary: 'Get a cluster of a session',
    access: 'viewer',
    returns: { 200: ClusterView },
    problems: ['session_not_found'],
  }),
  params(Params),
  async (c) => {
    const { db, session } = c.var
    const { role } = c.req.valid('param')
    const config = await findConfig(db, session.id)
    const parsed = v.safeParse(Cluster, config?.document[role])
    const check = await findCheck(db, session.id, role)
    return c.json({
      role,
      cluster: parsed.success ? parsed.output : null,
      check: check?.result ?? null,
      checkIsCurrent: check !== undefined && check.configVersion === config?.version,
    })
  },
)
