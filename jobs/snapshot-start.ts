import * as v from 'valibot'
import { resolveConnection } from '../shared/connections.ts'
import { findConfig } from '../shared/db/configs.ts'
import { findArtifact, listItemKeys } from '../shared/db/run-parts.ts'
import { judgeConfig } from '../shared/domain/config-rules.ts'
import type { Run } from '../shared/domain/run.ts'
import { type SnapshotAssignment, SnapshotParams } from '../shared/domain/snapshot.ts'
import { Problem } from '../shared/problems.ts'
import { snapshotStart } from '../shared/queue/queues.ts'
import { REQUEST_ARTIFACT, runSnapshot } from '../tools/snapshot/create.ts'
import { abortLeftBehind } from '../tools/snapshot/stop.ts'
import { attachPreflight } from '../tools/validate/preflight/attach.ts'
import { type JobContext, job } from './job.ts'
import { workOnRun } from './light-run.ts'

/**
 * Takes the snapshot of a run, or follows the one that an earlier execution began.
 *
 * pg-boss delivers at least once. The claim lets one delivery work at a time; what the source is asked is kept with
 * the run before it is asked, so that a second execution knows a snapshot of that name for its own.
 */
export default job(snapshotStart, async ({ runId }, context) => {
  const outcome = await workOnRun(
    context,
    runId,
    async (run, report, signal) => {
      const assignment = await assign(context, run)
      const ends = { source: assignment.source, target: null }
      const preflight = await attachPreflight(ends, report, signal, context.clusters)
      return { ...(await runSnapshot(assignment, report, signal, context.clusters)), preflight }
    },
    async (run, report) => abortLeftBehind(await assign(context, run), report, context.clusters),
  )
  if (outcome === 'again')
    await context.queues.enqueue(context.db, snapshotStart, { runId }, { startAfter: 1 })
})

/** Everything the tool needs, credentials included, from the config version that the run was started with. */
async function assign({ db, seal }: JobContext, run: Run): Promise<SnapshotAssignment> {
  const config = await findConfig(db, run.sessionId, run.configVersion)
  const { document } = judgeConfig(config?.document)
  const params = v.parse(SnapshotParams, run.params)
  const repository = document?.repositories?.[params.repository]
  if (!document?.source || !repository)
    throw new Problem(
      'config_invalid',
      `Config version ${run.configVersion} has no source or no repository "${params.repository}" any more`,
    )
  const keys = await listItemKeys(db, run.id)
  return {
    params,
    repository,
    source: await resolveConnection({ db, seal }, run.sessionId, 'source', document.source),
    begun: (await findArtifact(db, run.id, REQUEST_ARTIFACT)) !== undefined,
    chosen: keys.filter(({ kind }) => kind === 'index').map(({ name }) => name),
  }
}
