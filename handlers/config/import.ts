// POST /sessions/:session/config/import
import * as v from 'valibot'
import { ConfigDraft } from '../../shared/domain/config.ts'
import { judgeConfig } from '../../shared/domain/config-rules.ts'
import { FieldError } from '../../shared/domain/field-error.ts'
import { readBody } from '../../shared/http/body.ts'
import { operation, query, route } from '../../shared/http/route.ts'
import { expectedVersion, saveConfig } from '../../shared/http/save-config.ts'
import { refuseSecretsIn } from '../../shared/http/secrets-in-config.ts'
import { importConfig } from '../../shared/import-config.ts'
import { Problem } from '../../shared/problems.ts'

const Query = v.strictObject({ save: v.optional(v.picklist(['true', 'false']), 'true') })
const Imported = v.pipe(
  v.strictObject({
    document: ConfigDraft,
    /** The version that was saved, or null where nothing was. */
    version: v.nullable(v.number()),
    valid: v.boolean(),
    errors: v.array(FieldError),
    /** What the file said that was not taken over, and why: secrets among it. */
    notes: v.array(FieldError),
  }),
  v.metadata({ ref: 'ImportedConfig' }),
)

/** Reads the YAML of the existing Migration Assistant, or our own export, and saves it as a version. No secret is taken. */
export default route().post(
  '/sessions/:session/config/import',
  operation({
    id: 'configImport',
    summary: 'Import a config from YAML',
    access: 'operator',
    returns: { 200: Imported },
    headers: { 'If-Match': 'The ETag that was read, or *; not needed with save=false' },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'stale_version',
      'version_required',
      'secret_not_for_this_endpoint',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  query(Query),
  async (c) => {
    const type = c.req.header('content-type') ?? ''
    if (!/^(application\/(x-)?yaml|text\/(x-)?yaml|application\/json|text\/plain)\b/i.test(type))
      throw new Problem(
        'unsupported_media_type',
        `Expected the file as application/yaml, found ${JSON.stringify(type.slice(0, 80))}`,
      )
    const { document, notes } = importConfig(await readBody(c))
    if (c.req.valid('query').save === 'false') {
      refuseSecretsIn(document)
      const { valid, errors } = judgeConfig(document)
      return c.json({ document, version: null, valid, errors, notes })
    }
    const { version, valid, errors } = await saveConfig(c, document, expectedVersion(c))
    return c.json({ document, version, valid, errors, notes }, 200, { etag: `"${version}"` })
  },
)
