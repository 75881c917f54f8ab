// GET /tokens
import * as v from 'valibot'
import { listTokens } from '../../shared/db/access.ts'
import { Token } from '../../shared/domain/access.ts'
import { decodeCursor, paged } from '../../shared/http/cursor.ts'
import { requireEverySession } from '../../shared/http/guard.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject(PageQuery)

/** Lists tokens, newest first; what they are is never told again. */
export default route().get(
  '/tokens',
  operation({ id: 'tokensList', summary: 'List tokens', access: 'admin', returns: { 200: page(Token) } }),
  query(Query),
  async (c) => {
    requireEverySession(c.var.principal)
    const { limit, cursor } = c.req.valid('query')
    const rows = await listTokens(c.var.db, decodeCursor(cursor, ['moment', 'uuid']), limit)
    return c.json(paged(rows, limit, (token) => [token.createdAt, token.id]))
  },
)
