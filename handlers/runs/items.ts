// GET /runs/:run/items
import * as v from 'valibot'
import { listItems } from '../../shared/db/run-parts.ts'
import { ItemKind, Outcome, RunItem } from '../../shared/domain/run.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({
  ...PageQuery,
  kind: v.optional(ItemKind),
  outcome: v.optional(Outcome),
  search: v.optional(v.pipe(v.string(), v.maxLength(255))),
})

/** What a run acted upon, by kind and name, with the target's own error and what was changed. */
export default route().get(
  '/runs/:run/items',
  operation({
    id: 'runsItems',
    summary: 'List the items of a run',
    access: 'viewer',
    returns: { 200: page(RunItem) },
    problems: ['run_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, kind, outcome, search } = c.req.valid('query')
    const after = decodeCursor(cursor, ['text', 'text'])
    const rows = await listItems(c.var.db, c.var.run.id, { kind, outcome, search, after, limit })
    return c.json(paged(rows, limit, (item) => [item.kind, item.name]))
  },
)
