// POST /sessions/:session/clone
import * as v from 'valibot'
import { findConfig, insertConfig } from '../../shared/db/configs.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { getSession, insertSession } from '../../shared/db/sessions.ts'
import { Session, SessionName } from '../../shared/domain/session.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Body = v.strictObject({
  name: SessionName,
  description: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
})

/** Opens a session with the current config of another. Secrets and runs do not come along. */
export default route().post(
  '/sessions/:session/clone',
  operation({
    id: 'sessionsClone',
    summary: 'Clone a session',
    access: 'operator',
    returns: { 201: Session },
    headers: { 'Idempotency-Key': 'The same key with the same body gets the same answer' },
    problems: [
      'session_not_found',
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
    const { db, session: original, principal, requestId } = c.var
    const { name, description = original.description } = c.req.valid('json')
    if (principal.sessions && !principal.sessions.includes(name))
      throw new Problem(
        'not_allowed',
        `The token "${principal.name}" does not reach a session named "${name}"`,
      )

    const clone = await db.transaction(async (tx) => {
      const { id: sessionId } = await insertSession(tx, { name, description })
      const config = await findConfig(tx, original.id)
      if (config) {
        const { document, valid, errors } = config
        await insertConfig(tx, { sessionId, expected: 0, document, valid, errors, author: principal.name })
      }
      const data = { name, clonedFrom: original.name }
      await appendEvent(tx, {
        sessionId,
        runId: null,
        type: 'session.created',
        data,
        actor: principal.name,
        requestId,
      })
      return getSession(tx, sessionId)
    })

    return c.json(clone, 201, { location: `/sessions/${clone.name}` })
  },
)
