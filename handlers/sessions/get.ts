// GET /sessions/:session
import { Session } from '../../shared/domain/session.ts'
import { operation, route } from '../../shared/http/route.ts'

/** One session. It was read together with the token, in one statement. */
export default route().get(
  '/sessions/:session',
  operation({
    id: 'sessionsGet',
    summary: 'Get a session',
    access: 'viewer',
    returns: { 200: Session },
    problems: ['session_not_found'],
  }),
  (c) => c.json(c.get('session')),
)
