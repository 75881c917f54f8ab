// GET /sessions
import * as v from 'valibot'
import { listSessions } from '../../shared/db/sessions.ts'
import { Session } from '../../shared/domain/session.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({
  ...PageQuery,
  search: v.optional(v.pipe(v.string(), v.maxLength(100))),
  archived: v.optional(v.picklist(['true', 'false']), 'false'),
})

/** Lists the sessions that the token reaches, newest first, each with the state and percent of its actions. */
export default route().get(
  '/sessions',
  operation({
    id: 'sessionsList',
    summary: 'List sessions',
    access: 'viewer',
    returns: { 200: page(Session) },
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, search, archived } = c.req.valid('query')
    const rows = await listSessions(c.var.db, {
      names: c.var.principal.sessions,
      search,
      archived: archived === 'true',
      after: decodeCursor(cursor, ['moment', 'uuid']),
      limit,
    })
    return c.json(paged(rows, limit, (session) => [session.createdAt, session.id]))
  },
)
