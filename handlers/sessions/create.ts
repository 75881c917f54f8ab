// POST /sessions
import * as v from 'valibot'
import { appendEvent } from '../../shared/db/events.ts'
import { insertSession } from '../../shared/db/sessions.ts'
import { Session, SessionName } from '../../shared/domain/session.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Body = v.strictObject({
  name: SessionName,
  description: v.optional(v.pipe(v.string(), v.maxLength(2_000)), ''),
})

/** Opens a session: the place where one migration is configured and watched. */
export default route().post(
  '/sessions',
  operation({
    id: 'sessionsCreate',
    summary: 'Create a session',
    access: 'operator',
    returns: { 201: Session },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_exists',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body),
  async (c) => {
    const { db, principal, requestId } = c.var
    const given = c.req.valid('json')
    if (principal.sessions && !principal.sessions.includes(given.name))
      throw new Problem(
        'not_allowed',
        `The token "${principal.name}" does not reach a session named "${given.name}"`,
      )

    const session = await db.transaction(async (tx) => {
      const session = await insertSession(tx, given)
      await appendEvent(tx, {
        sessionId: session.id,
        runId: null,
        type: 'session.created',
        data: { name: session.name },
        actor: principal.name,
        requestId,
      })
      return session
    })

    return c.json(session, 201, { location: `/sessions/${session.name}` })
  },
)
