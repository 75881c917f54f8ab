// GET /sessions/:session/config/versions
import * as v from 'valibot'
import { listConfigs } from '../../shared/db/configs.ts'
import { ConfigVersion } from '../../shared/domain/config.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject(PageQuery)

/** Every version of the config, newest first: who saved it, when, and whether it is valid. */
export default route().get(
  '/sessions/:session/config/versions',
  operation({
    id: 'configVersions',
    summary: 'List config versions',
    access: 'viewer',
    returns: { 200: page(ConfigVersion) },
    problems: ['session_not_found'],
  }),
  query(Query),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const [before] = decodeCursor(cursor, ['integer']) ?? []
    const rows = await listConfigs(c.var.db, c.var.session.id, before, limit)
    return c.json(paged(rows, limit, (config) => [config.version]))
  },
)
