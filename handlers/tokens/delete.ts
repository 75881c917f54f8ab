// DELETE /tokens/:token
import * as v from 'valibot'
import { revokeToken } from '../../shared/db/access.ts'
import { requireEverySession } from '../../shared/http/guard.ts'
import { operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ token: v.pipe(v.string(), v.uuid('Expected the id of a token')) })

/** Revokes a token, and signs out the browsers that came in by it. */
export default route().delete(
  '/tokens/:token',
  operation({
    id: 'tokensDelete',
    summary: 'Revoke a token',
    access: 'admin',
    returns: { 204: null },
    problems: ['token_not_found', 'last_admin_token', 'origin_not_allowed'],
  }),
  params(Params),
  async (c) => {
    requireEverySession(c.var.principal)
    await revokeToken(c.var.db, c.req.valid('param').token)
    return c.body(null, 204)
  },
)
