// GET /runs/:run/backfill-files/:name
import * as v from 'valibot'
import { findArtifact } from '../../shared/db/run-parts.ts'
import { findLastRunLike } from '../../shared/db/runs.ts'
import { ArtifactMediaType, ArtifactName } from '../../shared/domain/report.ts'
import { operation, params, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({ run: v.string(), name: ArtifactName })

/** A file of the backfill that a run looks back at, such as the documents it could not write. */
export default route().get(
  '/runs/:run/backfill-files/:name',
  operation({
    id: 'toolBackfillFile',
    summary: 'Read a file of the backfill that is validated',
    access: 'run',
    returns: { 200: ArtifactMediaType.options.map((mediaType) => ({ mediaType, description: 'The file' })) },
    problems: ['run_not_found', 'run_not_open', 'artifact_not_found', 'not_on_this_runtime'],
  }),
  params(Params),
  async (c) => {
    const { db, artifacts, run } = c.var
    const { name } = c.req.valid('param')
    const backfill = await findLastRunLike(db, run.sessionId, 'backfill', { whole: true })
    const artifact = backfill && (await findArtifact(db, backfill.id, name))
    const content = artifact && (await artifacts.read(backfill.id, name))
    if (!content) throw new Problem('artifact_not_found', `The last backfill has no artifact "${name}"`)
    return c.body(content, 200, { 'content-type': artifact.mediaType, 'cache-control': 'no-store' })
  },
)
