// POST /auth/logout
import { deleteCookie, getCookie } from 'hono/cookie'
import { deleteWebSession } from '../../shared/db/access.ts'
import { COOKIE } from '../../shared/http/guard.ts'
import { operation, route } from '../../shared/http/route.ts'
import { sha256 } from '../../shared/seal.ts'

/** Ends the browser's sign-in; a second time changes nothing. */
export default route().post(
  '/auth/logout',
  operation({
    id: 'authLogout',
    summary: 'Sign out',
    access: 'viewer',
    forgetful: true,
    returns: { 204: null },
    problems: ['origin_not_allowed'],
  }),
  async (c) => {
    const cookie = getCookie(c, COOKIE)
    if (cookie !== undefined) await deleteWebSession(c.var.db, await sha256(cookie))
    deleteCookie(c, COOKIE, { path: '/' })
    return c.body(null, 204)
  },
)
