// POST /runs/:run/work-items/lease
import * as v from 'valibot'
import { leaseItems } from '../../shared/db/work-items.ts'
import { LeaseAnswer, WorkerName } from '../../shared/domain/work-item.ts'
import { body, operation, route } from '../../shared/http/route.ts'

const Body = v.strictObject({
  worker: WorkerName,
  max: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
})

/** Gives a worker items to do, for 30 seconds unless it checkpoints, or says what to do instead. */
export default route().post(
  '/runs/:run/work-items/lease',
  operation({
    id: 'workItemsLease',
    summary: 'Lease work items',
    access: 'run',
    returns: { 200: LeaseAnswer },
    problems: ['run_not_found', 'run_not_open', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body),
  async (c) => {
    const { worker, max } = c.req.valid('json')
    return c.json(await leaseItems(c.var.db, c.var.run.id, worker, max))
  },
)
