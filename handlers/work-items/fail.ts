// POST /runs/:run/work-items/:key/fail
import * as v from 'valibot'
import { failItem } from '../../shared/db/work-items.ts'
import { HeldEntries, WorkItemError, WorkItemKey } from '../../shared/domain/work-item.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ run: v.string(), key: WorkItemKey })
const Body = v.strictObject({ ...HeldEntries, error: WorkItemError })

/** Says that an item could not be done. It is tried again later, a few times; then it is failed and named. */
export default route().post(
  '/runs/:run/work-items/:key/fail',
  operation({
    id: 'workItemsFail',
    summary: 'Fail a work item',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'lease_lost', 'body_too_large', 'unsupported_media_type'],
  }),
  params(Params),
  body(Body),
  async (c) => {
    await failItem(c.var.db, c.var.run.id, c.req.valid('param').key, c.req.valid('json'))
    return c.body(null, 204)
  },
)
