// POST /runs/:run/work-items/:key/complete
import * as v from 'valibot'
import { completeItem } from '../../shared/db/work-items.ts'
import { HeldEntries, WorkItemKey, WorkItemResult } from '../../shared/domain/work-item.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ run: v.string(), key: WorkItemKey })
const Body = v.strictObject({
  ...HeldEntries,
  expected: v.pipe(v.number(), v.integer(), v.minValue(0)),
  result: v.optional(WorkItemResult),
})

/** Ends an item, with the exact number of documents that it held. */
export default route().post(
  '/runs/:run/work-items/:key/complete',
  operation({
    id: 'workItemsComplete',
    summary: 'Complete a work item',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'lease_lost', 'body_too_large', 'unsupported_media_type'],
  }),
  params(Params),
  body(Body),
  async (c) => {
    await completeItem(c.var.db, c.var.run.id, c.req.valid('param').key, c.req.valid('json'))
    return c.body(null, 204)
  },
)
