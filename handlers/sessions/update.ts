// PATCH /sessions/:session
import * as v from 'valibot'
import { appendEvent } from '../../shared/db/events.ts'
import { updateSession } from '../../shared/db/sessions.ts'
import { Session } from '../../shared/domain/session.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({
  description: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
  archived: v.optional(v.boolean()),
})

/** Changes the description, archives or brings back. The name never changes. */
export default route().patch(
  '/sessions/:session',
  operation({
    id: 'sessionsUpdate',
    summary: 'Change a session',
    access: 'operator',
    returns: { 200: Session },
    problems: ['session_not_found', 'origin_not_allowed', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body),
  async (c) => {
    const { db, session, principal, requestId } = c.var
    const change = c.req.valid('json')
    const changed = await db.transaction(async (tx) => {
      const changed = await updateSession(tx, session.id, change)
      await appendEvent(tx, {
        sessionId: session.id,
        runId: null,
        type: 'session.changed',
        data: change,
        actor: principal.name,
        requestId,
      })
      return changed
    })
    return c.json(changed)
  },
)
