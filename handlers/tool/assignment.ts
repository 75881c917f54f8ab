// GET /runs/:run/assignment
import * as v from 'valibot'
import { resolveConnection } from '../../shared/connections.ts'
import { listWrittenIndexes } from '../../shared/db/backfills.ts'
import { findConfig } from '../../shared/db/configs.ts'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import { judgeConfig } from '../../shared/domain/config-rules.ts'
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'
import { resolveRepository } from '../../shared/repository-access.ts'

const SnapshotRef = v.strictObject({ repository: v.string(), snapshot: v.string() })
const Group = v.optional(v.nullable(v.string()), null)
const Assignment = v.pipe(v.record(v.string(), v.unknown()), v.metadata({ ref: 'Assignment' }))

/**
 * What the tool of a run needs, credentials included: the one answer that carries them. Only the run's own token gets
 * it, only while the run is open; nothing keeps or logs it.
 */
export default route().get(
  '/runs/:run/assignment',
  operation({
    id: 'toolAssignment',
    summary: 'What the tool of a run is to do',
    access: 'run',
    returns: { 200: Assignment },
    problems: [
      'run_not_found',
      'run_not_open',
      'config_invalid',
      'secret_missing',
      'secret_not_for_this_endpoint',
    ],
  }),
  async (c) => {
    const { db, seal, run } = c.var
    const config = await findConfig(db, run.sessionId, run.configVersion)
    const { document } = judgeConfig(config?.document)
    const snapshotRef = v.parse(SnapshotRef, run.params.snapshotRef)
    const repository = document?.repositories?.[snapshotRef.repository]
    if (!document?.target || !repository)
      throw new Problem(
        'config_invalid',
        `Config version ${run.configVersion} has no target or no repository "${snapshotRef.repository}" any more`,
      )

    const assignment = {
      run: { id: run.id, sessionId: run.sessionId },
      repository: await resolveRepository({ db, seal }, run.sessionId, repository),
      snapshot: snapshotRef.snapshot,
      plan: v.parse(BackfillPlan, run.params.plan),
      target: await resolveConnection({ db, seal }, run.sessionId, 'target', document.target),
      written: await listWrittenIndexes(db, run.sessionId),
      retry: run.retryOf === null ? null : { of: run.retryOf, group: v.parse(Group, run.params.group) },
    }
    return c.json(assignment, 200, { 'cache-control': 'no-store' })
  },
)
