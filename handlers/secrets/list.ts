// GET /sessions/:session/secrets
import * as v from 'valibot'
import { listSecrets } from '../../shared/db/secrets.ts'
import { Secret } from '../../shared/domain/access.ts'
import { operation, route } from '../../shared/http/route.ts'

const Secrets = v.strictObject({ items: v.array(Secret), next: v.null() })

/** Names and ages of the session's secrets, and what each is bound to. Values are never told. */
export default route().get(
  '/sessions/:session/secrets',
  operation({
    id: 'secretsList',
    summary: 'List secrets',
    access: 'viewer',
    returns: { 200: Secrets },
    problems: ['session_not_found'],
  }),
  async (c) => c.json({ items: await listSecrets(c.var.db, c.var.session.id), next: null }),
)
