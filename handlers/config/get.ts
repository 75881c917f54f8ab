// GET /sessions/:session/config
import { findConfig } from '../../shared/db/configs.ts'
import { ConfigDraft } from '../../shared/domain/config.ts'
import { operation, route } from '../../shared/http/route.ts'

/** The current document, bare; its version is the ETag. A session without one has `{}` at version 0. */
export default route().get(
  '/sessions/:session/config',
  operation({
    id: 'configGet',
    summary: 'Get the config of a session',
    access: 'viewer',
    returns: { 200: ConfigDraft },
    problems: ['session_not_found'],
  }),
  async (c) => {
    const config = await findConfig(c.var.db, c.var.session.id)
    return c.json(config?.document ?? {}, 200, { etag: `"${config?.version ?? 0}"` })
  },
)
