// POST /sessions/:session/config/validate

import { secretOf } from '../../shared/connections.ts'
import { listSecrets } from '../../shared/db/secrets.ts'
import { ConfigDraft, ConfigValidity } from '../../shared/domain/config.ts'
import { judgeConfig } from '../../shared/domain/config-rules.ts'
import { body, operation, route } from '../../shared/http/route.ts'

/** Says what a start would say to this document, field by field, without saving it. */
export default route().post(
  '/sessions/:session/config/validate',
  operation({
    id: 'configValidate',
    summary: 'Validate a config document',
    access: 'operator',
    returns: { 200: ConfigValidity },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(ConfigDraft),
  async (c) => {
    const { errors, document } = judgeConfig(c.req.valid('json'))
    const set = new Set((await listSecrets(c.var.db, c.var.session.id)).map(({ name }) => name))
    for (const role of ['source', 'target'] as const) {
      const name = document?.[role] && secretOf(document[role])
      if (name && !set.has(name))
        errors.push({
          path: `/${role}/auth/${document?.[role]?.auth.type === 'mtls' ? 'keySecret' : 'secret'}`,
          code: 'secret_missing',
          message: `The secret "${name}" is not set`,
          hint: `PUT /sessions/${c.var.session.name}/secrets/${name}`,
        })
    }
    return c.json({ valid: errors.length === 0, errors })
  },
)
