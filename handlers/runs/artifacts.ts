// GET /runs/:run/artifacts
import * as v from 'valibot'
import { listArtifacts } from '../../shared/db/run-parts.ts'
import { Artifact } from '../../shared/domain/run.ts'
import { operation, route } from '../../shared/http/route.ts'

const Artifacts = v.strictObject({ items: v.array(Artifact), next: v.null() })

/** The files a run produced, by name. */
export default route().get(
  '/runs/:run/artifacts',
  operation({
    id: 'runsArtifacts',
    summary: 'List the artifacts of a run',
    access: 'viewer',
    returns: { 200: Artifacts },
    problems: ['run_not_found'],
  }),
  async (c) => {
    const { db, run, door } = c.var
    return c.json({ items: await listArtifacts(db, run.id, door.basePath), next: null })
  },
)
