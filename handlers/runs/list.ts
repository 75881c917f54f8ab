// GET /sessions/:session/runs
import * as v from 'valibot'
import { listRuns } from '../../shared/db/runs.ts'
import { Action, Run, RunState } from '../../shared/domain/run.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({ ...PageQuery, action: v.optional(Action), state: v.optional(RunState) })

/** Every run of a session, newest first. */
export default route().get(
  '/sessions/:session/runs',
  operation({
    id: 'runsList',
    summary: 'List the runs of a session',
    access: 'viewer',
    returns: { 200: page(Run) },
    problems: ['session_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, action, state } = c.req.valid('query')
    const after = decodeCursor(cursor, ['moment', 'uuid'])
    const rows = await listRuns(c.var.db, c.var.session.id, { action, state, after, limit })
    return c.json(paged(rows, limit, (run) => [run.createdAt, run.id]))
  },
)
