// POST /runs/:run/work-items/:key/release
import * as v from 'valibot'
import { releaseItem } from '../../shared/db/work-items.ts'
import { HeldEntries, WorkItemKey } from '../../shared/domain/work-item.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ run: v.string(), key: WorkItemKey })
const Body = v.strictObject({ ...HeldEntries })

/** Gives an item back where it stands; it costs no attempt. */
export default route().post(
  '/runs/:run/work-items/:key/release',
  operation({
    id: 'workItemsRelease',
    summary: 'Release a work item',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'lease_lost', 'body_too_large', 'unsupported_media_type'],
  }),
  params(Params),
  body(Body),
  async (c) => {
    await releaseItem(c.var.db, c.var.run.id, c.req.valid('param').key, c.req.valid('json'))
    return c.body(null, 204)
  },
)
