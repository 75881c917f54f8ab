// POST /runs/:run/work-items
import * as v from 'valibot'
import { planWork } from '../../shared/db/work-plan.ts'
import { PlannedIndex, PlannedItem } from '../../shared/domain/work-item.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({
  indexes: v.pipe(v.array(PlannedIndex), v.maxLength(10_000)),
  items: v.pipe(v.array(PlannedItem), v.maxLength(5_000)),
  /** True with the last batch: the items are all there and may be leased. */
  complete: v.boolean(),
})

/** Adds work items of a plan. An item that is there already stays as it is, so a batch may be sent twice. */
export default route().post(
  '/runs/:run/work-items',
  operation({
    id: 'workItemsPlan',
    summary: 'Add work items',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body, { limit: 8_388_608 }),
  async (c) => {
    await planWork(c.var.db, c.var.run.id, c.req.valid('json'))
    return c.body(null, 204)
  },
)
