// PUT /sessions/:session/secrets/:name
import * as v from 'valibot'
import { bindClusterSecret, secretOf, secretPlace } from '../../shared/connections.ts'
import { findConfig } from '../../shared/db/configs.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { listSecrets, putSecret } from '../../shared/db/secrets.ts'
import { Secret } from '../../shared/domain/access.ts'
import { SecretName } from '../../shared/domain/cluster.ts'
import { judgeConfig } from '../../shared/domain/config-rules.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ session: v.string(), name: SecretName })
const Body = v.strictObject({ value: v.pipe(v.string(), v.minLength(1), v.maxLength(65_536)) })

/**
 * Sets a secret, sealed. A cluster of the current config that names it binds it at once. Set again it is free until
 * it is used or a config that names it is saved: that is how an endpoint is changed.
 */
export default route().put(
  '/sessions/:session/secrets/:name',
  operation({
    id: 'secretsPut',
    summary: 'Set a secret',
    access: 'admin',
    returns: { 200: Secret },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'secret_not_for_this_endpoint',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  params(Params),
  body(Body),
  async (c) => {
    const { db, seal, session, principal, requestId } = c.var
    const { name } = c.req.valid('param')
    const sealed = await seal.seal(c.req.valid('json').value, secretPlace(session.id, name))

    const secret = await db.transaction(async (tx) => {
      const { secret, isNew } = await putSecret(tx, session.id, name, sealed)
      const { document } = judgeConfig((await findConfig(tx, session.id))?.document ?? {})
      for (const cluster of [document?.source, document?.target]) {
        if (isNew && cluster && secretOf(cluster) === name) await bindClusterSecret(tx, session.id, cluster)
      }
      await appendEvent(tx, {
        sessionId: session.id,
        runId: null,
        type: 'secret.set',
        data: { name },
        actor: principal.name,
        requestId,
      })
      return (await listSecrets(tx, session.id)).find((set) => set.name === name) ?? secret
    })

    return c.json(secret, 200, { 'cache-control': 'no-store' })
  },
)
