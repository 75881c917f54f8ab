// GET /runs/:run/issues
import * as v from 'valibot'
import { listIssues } from '../../shared/db/run-parts.ts'
import { Issue } from '../../shared/domain/run.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject(PageQuery)

/** The problems a run found, the worst first, each with evidence and remedy. */
export default route().get(
  '/runs/:run/issues',
  operation({
    id: 'runsIssues',
    summary: 'List the issues of a run',
    access: 'viewer',
    returns: { 200: page(Issue) },
    problems: ['run_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const after = decodeCursor(cursor, ['integer', 'integer'])
    const rows = await listIssues(c.var.db, c.var.run.id, { after, limit })
    const { items, next } = paged(rows, limit, (issue) => [issue.order, issue.id])
    return c.json({ items: items.map(({ order: _, ...issue }) => issue), next })
  },
)
