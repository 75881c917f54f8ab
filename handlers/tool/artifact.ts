// PUT /runs/:run/artifacts/:name
import * as v from 'valibot'
import { recordArtifact } from '../../shared/db/run-parts.ts'
import { ArtifactMediaType, ArtifactName } from '../../shared/domain/report.ts'
import { operation, params, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'

const Params = v.strictObject({ run: v.string(), name: ArtifactName })

/** Keeps a file of a run; it is durable when this answers. The same name again replaces it. */
export default route().put(
  '/runs/:run/artifacts/:name',
  operation({
    id: 'toolArtifact',
    summary: 'Keep an artifact',
    access: 'run',
    returns: { 204: null },
    problems: ['run_not_found', 'run_not_open', 'unsupported_media_type', 'storage_full'],
  }),
  params(Params),
  async (c) => {
    const { db, artifacts, run } = c.var
    const { name } = c.req.valid('param')
    const mediaType = v.safeParse(ArtifactMediaType, c.req.header('content-type')?.split(';')[0]?.trim())
    if (!mediaType.success)
      throw new Problem(
        'unsupported_media_type',
        `An artifact is one of ${ArtifactMediaType.options.join(', ')}`,
      )
    const written = await artifacts.write(
      run.id,
      name,
      c.req.raw.body ?? new ReadableStream({ start: (s) => s.close() }),
    )
    await recordArtifact(db, { runId: run.id, name, mediaType: mediaType.output, ...written })
    return c.body(null, 204)
  },
)
