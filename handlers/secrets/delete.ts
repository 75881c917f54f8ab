// DELETE /sessions/:session/secrets/:name
import * as v from 'valibot'
import { appendEvent } from '../../shared/db/events.ts'
import { deleteSecret } from '../../shared/db/secrets.ts'
import { SecretName } from '../../shared/domain/cluster.ts'
import { operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ session: v.string(), name: SecretName })

/** Forgets a secret. What is running has it in memory already; the next start finds it missing. */
export default route().delete(
  '/sessions/:session/secrets/:name',
  operation({
    id: 'secretsDelete',
    summary: 'Delete a secret',
    access: 'admin',
    returns: { 204: null },
    problems: ['session_not_found', 'secret_not_found', 'origin_not_allowed'],
  }),
  params(Params),
  async (c) => {
    const { db, session, principal, requestId } = c.var
    const { name } = c.req.valid('param')
    await db.transaction(async (tx) => {
      await deleteSecret(tx, session.id, name)
      await appendEvent(tx, {
        sessionId: session.id,
        runId: null,
        type: 'secret.deleted',
        data: { name },
        actor: principal.name,
        requestId,
      })
    })
    return c.body(null, 204)
  },
)
