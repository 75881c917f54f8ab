// GET /readyz
import * as v from 'valibot'
import { checkDatabase, checkEngine, checkQueues } from '../../shared/db/health.ts'
import { operation, route } from '../../shared/http/route.ts'

const Part = v.strictObject({ status: v.picklist(['ok', 'unavailable']), detail: v.nullable(v.string()) })
const Ready = v.pipe(
  v.strictObject({ status: v.picklist(['ok', 'unavailable']), database: Part, queue: Part, engine: Part }),
  v.metadata({ ref: 'Readiness' }),
)

/** Names database, queue and engine; 503 where nothing can be answered. Without its engine the API still answers. */
export default route().get(
  '/readyz',
  operation({
    id: 'systemReadyz',
    summary: 'Is everything behind the process ready',
    access: 'public',
    returns: { 200: Ready, 503: Ready },
  }),
  async (c) => {
    const { db, door } = c.var
    const database = await checkDatabase(db)
    const queue = database.status === 'ok' ? await checkQueues(db) : database
    const engine = database.status === 'ok' ? await checkEngine(db, door.engine) : database
    const ready = database.status === 'ok' && queue.status === 'ok'
    return c.json(
      { status: ready ? ('ok' as const) : ('unavailable' as const), database, queue, engine },
      ready ? 200 : 503,
    )
  },
)
