// GET /sessions/:session/config/versions/:version
import * as v from 'valibot'
import { findConfig } from '../../shared/db/configs.ts'
import { ConfigVersion } from '../../shared/domain/config.ts'
import { operation, params, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({
  session: v.string(),
  version: v.pipe(v.string(), v.regex(/^\d{1,9}$/, 'Expected a version number'), v.transform(Number)),
})

/** One version of the config; versions never change. */
export default route().get(
  '/sessions/:session/config/versions/:version',
  operation({
    id: 'configVersion',
    summary: 'Get one config version',
    access: 'viewer',
    returns: { 200: ConfigVersion },
    problems: ['session_not_found', 'config_version_not_found'],
  }),
  params(Params),
  async (c) => {
    const { version } = c.req.valid('param')
    const config = await findConfig(c.var.db, c.var.session.id, version)
    if (!config) throw new Problem('config_version_not_found', `The config has no version ${version}`)
    return c.json(config)
  },
)
