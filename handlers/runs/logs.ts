// GET /runs/:run/logs
import * as v from 'valibot'
import { listLogLines } from '../../shared/db/run-parts.ts'
import { LogLevel, LogLine } from '../../shared/domain/run.ts'
import { decodeCursor, encodeCursor } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({
  ...PageQuery,
  level: v.optional(LogLevel),
  search: v.optional(v.pipe(v.string(), v.maxLength(255))),
  /** The beginning of a worker's name. */
  worker: v.optional(v.pipe(v.string(), v.maxLength(100))),
})

/** The logs of a run, those of all workers in one, by time within a page. `next` is there as long as lines may follow: while the run is open, or more are kept. */
export default route().get(
  '/runs/:run/logs',
  operation({
    id: 'runsLogs',
    summary: 'List the log lines of a run',
    access: 'viewer',
    returns: { 200: page(LogLine) },
    problems: ['run_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor, level, search, worker } = c.req.valid('query')
    const [after = 0] = decodeCursor(cursor, ['integer']) ?? []
    const items = await listLogLines(c.var.db, c.var.run.id, { after, level, search, worker, limit })
    const more = items.length === limit || c.var.run.finishedAt === null
    return c.json({
      items,
      next: more ? encodeCursor([Math.max(after, ...items.map(({ id }) => id))]) : null,
    })
  },
)
