// GET /sessions/:session/approvals
import * as v from 'valibot'
import { listApprovals } from '../../shared/db/approvals.ts'
import { Approval, ApprovalState } from '../../shared/domain/approval.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({ ...PageQuery, state: v.optional(ApprovalState) })

/** The gates that runs of the session have come to, newest first: who is waited for, and who decided. */
export default route().get(
  '/sessions/:session/approvals',
  operation({
    id: 'approvalsList',
    summary: 'List the approvals of a session',
    access: 'viewer',
    returns: { 200: page(Approval) },
    problems: ['session_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, state } = c.req.valid('query')
    const after = decodeCursor(cursor, ['moment', 'uuid'])
    const rows = await listApprovals(c.var.db, c.var.session.id, { state, after, limit })
    return c.json(paged(rows, limit, ({ requestedAt, id }) => [requestedAt, id]))
  },
)
