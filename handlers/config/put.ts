// PUT /sessions/:session/config
import { ConfigDraft } from '../../shared/domain/config.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { expectedVersion, saveConfig } from '../../shared/http/save-config.ts'

/** Saves the document as a new version. An invalid draft is saved too, labelled, and cannot be started. */
export default route().put(
  '/sessions/:session/config',
  operation({
    id: 'configPut',
    summary: 'Save the config of a session',
    access: 'operator',
    returns: { 200: ConfigDraft },
    headers: { 'If-Match': 'The ETag that was read, or *' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'stale_version',
      'version_required',
      'secret_not_for_this_endpoint',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(ConfigDraft),
  async (c) => {
    const saved = await saveConfig(c, c.req.valid('json'), expectedVersion(c))
    return c.json(saved.document, 200, { etag: `"${saved.version}"`, 'x-config-valid': String(saved.valid) })
  },
)
