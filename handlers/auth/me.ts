// GET /auth/me
import * as v from 'valibot'
import { TokenSessions, UserRole } from '../../shared/domain/access.ts'
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Me = v.pipe(
  v.strictObject({
    name: v.string(),
    role: UserRole,
    sessions: TokenSessions,
    via: v.picklist(['token', 'cookie']),
  }),
  v.metadata({ ref: 'Me' }),
)

/** Who the caller is to us. */
export default route().get(
  '/auth/me',
  operation({ id: 'authMe', summary: 'Who am I', access: 'viewer', returns: { 200: Me } }),
  (c) => {
    const { name, role, sessions, via } = c.var.principal
    if (role === 'run') throw new Problem('not_allowed', 'A run token is nobody')
    return c.json({ name, role, sessions: sessions ?? ('*' as const), via })
  },
)
