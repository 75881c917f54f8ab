// GET /runs/:run/artifacts/:name
import * as v from 'valibot'
import { findArtifact } from '../../shared/db/run-parts.ts'
import { ArtifactMediaType, ArtifactName } from '../../shared/domain/report.ts'
import { operation, params, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({ run: v.string(), name: ArtifactName })

/** One file, as a download that no browser renders. */
export default route().get(
  '/runs/:run/artifacts/:name',
  operation({
    id: 'runsArtifact',
    summary: 'Download an artifact',
    access: 'viewer',
    returns: { 200: ArtifactMediaType.options.map((mediaType) => ({ mediaType, description: 'The file' })) },
    problems: ['run_not_found', 'artifact_not_found', 'not_on_this_runtime'],
  }),
  params(Params),
  async (c) => {
    const { db, artifacts, run } = c.var
    const { name } = c.req.valid('param')
    const artifact = await findArtifact(db, run.id, name)
    const content = artifact && (await artifacts.read(run.id, name))
    if (!content) throw new Problem('artifact_not_found', `The run has no artifact "${name}"`)
    return c.body(content, 200, {
      'content-type': artifact.mediaType,
      'content-length': String(artifact.size),
      'content-disposition': `attachment; filename="${name}"`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      etag: `"${artifact.sha256}"`,
    })
  },
)
