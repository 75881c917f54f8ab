import * as v from 'valibot'
import { resolveConnection } from '../shared/connections.ts'
import { findConfig } from '../shared/db/configs.ts'
import { listItemKeys } from '../shared/db/run-parts.ts'
import type { ConfigDocument } from '../shared/domain/config.ts'
import { judgeConfig } from '../shared/domain/config-rules.ts'
import { ItemReference, type MetadataAssignment, MetadataParams } from '../shared/domain/metadata.ts'
import type { Run } from '../shared/domain/run.ts'
import { Problem } from '../shared/problems.ts'
import { metadataStart } from '../shared/queue/queues.ts'
import { resolveRepository } from '../shared/repository-access.ts'
import { runMetadata } from '../tools/metadata/run.ts'
import { attachPreflight } from '../tools/validate/preflight/attach.ts'
import { type JobContext, job } from './job.ts'
import { workOnRun } from './light-run.ts'

/**
 * Evaluates or migrates the metadata of a run.
 *
 * pg-boss delivers at least once. The claim lets one delivery work at a time; an execution that died is gone on with
 * from the items it had told, and an object that was created already is found equal.
 */
export default job(metadataStart, async ({ runId }, context) => {
  const outcome = await workOnRun(context, runId, async (run, report, signal) => {
    const assignment = await assign(context, run)
    const { source, target } = assignment
    const ends = { source: 'snapshot' in source ? null : source, target }
    const preflight = await attachPreflight(ends, report, signal, context.clusters)
    return { ...(await runMetadata(assignment, report, signal, context.clusters)), preflight }
  })
  if (outcome === 'again')
    await context.queues.enqueue(context.db, metadataStart, { runId }, { startAfter: 1 })
})

/** Everything the tool needs, credentials included, from the config version that the run was started with. */
async function assign(context: JobContext, run: Run): Promise<MetadataAssignment> {
  const { db, seal } = context
  const config = await findConfig(db, run.sessionId, run.configVersion)
  const { document } = judgeConfig(config?.document)
  if (!document?.target)
    throw new Problem('config_invalid', `Config version ${run.configVersion} has no target any more`)
  const params = v.parse(MetadataParams, run.params)
  const references = v.array(ItemReference)
  return {
    dryRun: params.dryRun,
    params,
    source: await sourceOf(context, run, document, params),
    target: await resolveConnection({ db, seal }, run.sessionId, 'target', document.target),
    finished: v.parse(references, await listItemKeys(db, run.id)),
    ...(run.retryOf ? { only: v.parse(references, await listItemKeys(db, run.retryOf, 'failed')) } : {}),
  }
}

/** The snapshot that was asked for, by the access that this door allows; else the source cluster. */
async function sourceOf(
  { db, seal, repositories }: JobContext,
  { sessionId, configVersion }: Run,
  { source, repositories: configured }: ConfigDocument,
  { snapshotRef }: MetadataParams,
): Promise<MetadataAssignment['source']> {
  if (snapshotRef) {
    const repository = configured?.[snapshotRef.repository]
    if (!repository)
      throw new Problem(
        'config_invalid',
        `Config version ${configVersion} has no repository "${snapshotRef.repository}" any more`,
      )
    const access = await resolveRepository({ db, seal }, sessionId, repository)
    return { repository: await repositories.check(access), snapshot: snapshotRef.snapshot }
  }
  if (!source) throw new Problem('config_invalid', `Config version ${configVersion} has no source any more`)
  return resolveConnection({ db, seal }, sessionId, 'source', source)
}
