// POST /runs/:run/work-items/:key/checkpoint
import * as v from 'valibot'
import { checkpointItem } from '../../shared/db/work-items.ts'
import { CheckpointAnswer, HeldEntries, WorkItemKey } from '../../shared/domain/work-item.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ run: v.string(), key: WorkItemKey })
const Body = v.strictObject({ ...HeldEntries })

/** Keeps where an item stands and extends its lease. What the checkpoint covers is durable already. */
export default route().post(
  '/runs/:run/work-items/:key/checkpoint',
  operation({
    id: 'workItemsCheckpoint',
    summary: 'Checkpoint a work item',
    access: 'run',
    returns: { 200: CheckpointAnswer },
    problems: ['run_not_found', 'run_not_open', 'lease_lost', 'body_too_large', 'unsupported_media_type'],
  }),
  params(Params),
  body(Body),
  async (c) => {
    return c.json(await checkpointItem(c.var.db, c.var.run.id, c.req.valid('param').key, c.req.valid('json')))
  },
)
