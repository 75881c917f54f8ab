// GET /sessions/:session/config/export
import * as v from 'valibot'
import { stringify } from 'yaml'
import { findConfig } from '../../shared/db/configs.ts'
import { operation, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({ format: v.optional(v.picklist(['yaml', 'json']), 'yaml') })

/** The current document as a file. It names secrets and never carries one. */
export default route().get(
  '/sessions/:session/config/export',
  operation({
    id: 'configExport',
    summary: 'Export the config',
    access: 'viewer',
    returns: {
      200: [
        { mediaType: 'application/yaml', description: 'YAML' },
        { mediaType: 'application/json', description: 'JSON' },
      ],
    },
    problems: ['session_not_found'],
  }),
  query(Query),
  async (c) => {
    const { format } = c.req.valid('query')
    const document = (await findConfig(c.var.db, c.var.session.id))?.document ?? {}
    const text = format === 'yaml' ? stringify(document) : `${JSON.stringify(document, null, 2)}\n`
    return c.body(text, 200, {
      'content-type': `application/${format}`,
      'content-disposition': `attachment; filename="${c.var.session.name}.${format}"`,
      'x-content-type-options': 'nosniff',
    })
  },
)
