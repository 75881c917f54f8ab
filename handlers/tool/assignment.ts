// GET /runs/:run/assignment
import type { Context } from 'hono'
import * as v from 'valibot'
import { resolveConnection } from '../../shared/connections.ts'
import { listWrittenIndexes } from '../../shared/db/backfills.ts'
import { findConfig } from '../../shared/db/configs.ts'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import type { ClusterConnection } from '../../shared/domain/cluster.ts'
import { judgeConfig } from '../../shared/domain/config-rules.ts'
import type { ValidateAssignment } from '../../shared/domain/validate.ts'
import type { AppEnv } from '../../shared/http/context.ts'
import { operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'
import { resolveRepository } from '../../shared/repository-access.ts'
import { assignValidation } from '../../shared/validate-assignment.ts'

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
      'repository_not_allowed',
      'repository_failed',
      'cluster_failed',
      'not_on_this_runtime',
    ],
  }),
  async (c) => {
    const { db, seal, clusters, repositories, run } = c.var
    if (run.action === 'validate')
      return c.json(await withKeys(c, await assignValidation({ db, seal, repositories }, run)), 200, {
        'cache-control': 'no-store',
      })
    const config = await findConfig(db, run.sessionId, run.configVersion)
    const { document } = judgeConfig(config?.document)
    const snapshotRef = v.parse(SnapshotRef, run.params.snapshotRef)
    const repository = document?.repositories?.[snapshotRef.repository]
    if (!document?.target || !repository)
      throw new Problem(
        'config_invalid',
        `Config version ${run.configVersion} has no target or no repository "${snapshotRef.repository}" any more`,
      )

    // A tool has no role of its own: where the ambient one is meant and allowed, it gets keys that run out.
    const access = await repositories.withKeys(
      await resolveRepository({ db, seal }, run.sessionId, repository),
    )
    const target = await clusters.withKeys(
      await resolveConnection({ db, seal }, run.sessionId, 'target', document.target),
    )
    const assignment = {
      run: { id: run.id, sessionId: run.sessionId },
      repository: access,
      snapshot: snapshotRef.snapshot,
      plan: v.parse(BackfillPlan, run.params.plan),
      target,
      expiresAt: earliest(
        access.type === 's3' ? access.credentials?.expiresAt : undefined,
        target.credentials.type === 'sigv4' ? target.credentials.keys?.expiresAt : undefined,
      ),
      written: await listWrittenIndexes(db, run.sessionId),
      retry: run.retryOf === null ? null : { of: run.retryOf, group: v.parse(Group, run.params.group) },
    }
    return c.json(assignment, 200, { 'cache-control': 'no-store' })
  },
)

/** As below for a backfill: a tool has no role of its own. */
async function withKeys(
  { var: { clusters, repositories } }: Context<AppEnv>,
  { source, target, snapshot, ...rest }: ValidateAssignment,
): Promise<ValidateAssignment> {
  const ends = {
    source: source && (await clusters.withKeys(source)),
    target: await clusters.withKeys(target),
    access: snapshot && (await repositories.withKeys(snapshot.repository)),
  }
  const keysOf = (end: ClusterConnection | null) =>
    end?.credentials.type === 'sigv4' ? end.credentials.keys?.expiresAt : undefined
  const { access } = ends
  return {
    ...rest,
    source: ends.source,
    target: ends.target,
    snapshot: snapshot && access && { ...snapshot, repository: access },
    expiresAt: earliest(
      access?.type === 's3' ? access.credentials?.expiresAt : undefined,
      keysOf(ends.source),
      keysOf(ends.target),
    ),
  }
}

/** The first of these moments that comes; ISO 8601 in UTC sorts as text. */
function earliest(...moments: (string | undefined)[]): string | null {
  const [first] = moments.filter((moment) => moment !== undefined).sort()
  return first ?? null
}
