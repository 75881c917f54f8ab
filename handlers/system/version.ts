// GET /version
import * as v from 'valibot'
import { operation, route } from '../../shared/http/route.ts'

const Version = v.pipe(
  v.strictObject({
    version: v.string(),
    runtime: v.picklist(['node', 'deno', 'workerd']),
    engine: v.string(),
    startedAt: v.string(),
  }),
  v.metadata({ ref: 'Version' }),
)

/** What is running here. */
export default route().get(
  '/version',
  operation({
    id: 'systemVersion',
    summary: 'Version and runtime',
    access: 'public',
    returns: { 200: Version },
  }),
  (c) => {
    const { version, runtime, engine, startedAt } = c.var.door
    return c.json({ version, runtime, engine, startedAt })
  },
)
