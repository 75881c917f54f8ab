// DELETE /sessions/:session
import * as v from 'valibot'
import { deleteSession } from '../../shared/db/sessions.ts'
import { operation, query, route } from '../../shared/http/route.ts'
import { artifactsRemove } from '../../shared/queue/queues.ts'

const Query = v.strictObject({ reason: v.optional(v.pipe(v.string(), v.maxLength(500))) })

/** Deletes a session with its config, secrets, runs and files. Neither cluster is touched; audit entries stay. */
export default route().delete(
  '/sessions/:session',
  operation({
    id: 'sessionsDelete',
    summary: 'Delete a session',
    access: 'admin',
    returns: { 204: null },
    problems: ['session_not_found', 'session_has_open_run', 'origin_not_allowed'],
  }),
  query(Query),
  async (c) => {
    const { db, queues, session } = c.var
    c.set('reason', c.req.valid('query').reason ?? null)
    await db.transaction(async (tx) => {
      const runIds = await deleteSession(tx, session.id)
      if (runIds.length > 0) await queues.enqueue(tx, artifactsRemove, { runIds })
    })
    return c.body(null, 204)
  },
)
