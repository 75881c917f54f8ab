// GET /audit
import * as v from 'valibot'
import { listAuditEntries } from '../../shared/db/audit.ts'
import { AuditEntry } from '../../shared/domain/access.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({ ...PageQuery, session: v.optional(v.pipe(v.string(), v.maxLength(50))) })

/** Who did what, newest first, within the sessions that the token reaches. */
export default route().get(
  '/audit',
  operation({
    id: 'auditList',
    summary: 'List audit entries',
    access: 'viewer',
    returns: { 200: page(AuditEntry) },
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, session } = c.req.valid('query')
    const [before] = decodeCursor(cursor, ['integer']) ?? []
    const rows = await listAuditEntries(c.var.db, { names: c.var.principal.sessions, session, before, limit })
    return c.json(paged(rows, limit, ({ id }) => [id]))
  },
)
