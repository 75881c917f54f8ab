// GET /runs/:run/work-items
import * as v from 'valibot'
import { listWorkItems } from '../../shared/db/work-items.ts'
import { ListedItems, WorkItemKey } from '../../shared/domain/work-item.ts'
import { operation, query, route } from '../../shared/http/route.ts'

const PAGE = 200
const Query = v.strictObject({ after: v.optional(WorkItemKey) })

/** The items of a run with what each found, by key: what the last step of a tool adds up. `next` is the `after` of the next page. */
export default route().get(
  '/runs/:run/work-items',
  operation({
    id: 'workItemsList',
    summary: 'List work items with their results',
    access: 'run',
    returns: { 200: ListedItems },
    problems: ['run_not_found', 'run_not_open'],
  }),
  query(Query),
  async (c) => {
    const { after } = c.req.valid('query')
    const rows = await listWorkItems(c.var.db, c.var.run.id, { after, limit: PAGE })
    const items = rows.slice(0, PAGE)
    return c.json({ items, next: rows.length > PAGE ? (items.at(-1)?.key ?? null) : null })
  },
)
