// What a validation is about, gathered from what the session did before: for the job and for the processes alike.
import * as v from 'valibot'
import { resolveConnection } from './connections.ts'
import { listIndexSums } from './db/backfills.ts'
import { findConfig } from './db/configs.ts'
import type { Db } from './db/database.ts'
import { listArtifacts } from './db/run-parts.ts'
import { findLastRunLike } from './db/runs.ts'
import { BackfillPlan, type CheckedRepository } from './domain/backfill.ts'
import type { ConfigDocument, Repository } from './domain/config.ts'
import { judgeConfig } from './domain/config-rules.ts'
import type { Run } from './domain/run.ts'
import {
  type BackfillFacts,
  type ConfiguredRepository,
  type ValidateAssignment,
  ValidateParams,
} from './domain/validate.ts'
import { Problem } from './problems.ts'
import type { Repositories } from './repositories/port.ts'
import { resolveRepository } from './repository-access.ts'
import type { Seal } from './seal.ts'

type Parts = { db: Db; seal: Seal; repositories: Repositories }
const SnapshotRef = v.strictObject({ repository: v.string(), snapshot: v.string() })
const SnapshotNames = v.object({ repository: v.string(), snapshot: v.string() })

/** Everything the tool needs, credentials included, from the config version that the run was started with. */
export async function assignValidation(parts: Parts, run: Run): Promise<ValidateAssignment> {
  const { db, seal } = parts
  const config = await findConfig(db, run.sessionId, run.configVersion)
  const { document } = judgeConfig(config?.document)
  if (!document?.target)
    throw new Problem('config_invalid', `Config version ${run.configVersion} has no target any more`)
  const params = v.parse(ValidateParams, run.params)
  const backfilled = await findLastRunLike(db, run.sessionId, 'backfill', { whole: true })
  const backfill = backfilled ? await factsOf(db, backfilled) : null
  const migrated = await findLastRunLike(db, run.sessionId, 'metadata', { effects: true })
  const selection = params.plan.selection ?? backfill?.plan.selection ?? document.selection
  return {
    run: { id: run.id, sessionId: run.sessionId },
    checks: params.checks,
    plan: { ...params.plan, selection },
    source: document.source
      ? await resolveConnection({ db, seal }, run.sessionId, 'source', document.source)
      : null,
    target: await resolveConnection({ db, seal }, run.sessionId, 'target', document.target),
    snapshot: await snapshotOf(parts, run.sessionId, document, backfilled),
    repositories: params.checks.includes('preflight')
      ? await repositoriesOf(parts, run.sessionId, document)
      : [],
    backfill,
    // A run's own params hold nothing of this that its schema did not take before.
    metadata: { ...document.metadata, ...migrated?.params },
    expiresAt: null,
  }
}

async function factsOf(db: Db, run: Run): Promise<BackfillFacts> {
  const indexes = await listIndexSums(db, run.id)
  const artifacts = await listArtifacts(db, run.id, '')
  return {
    runId: run.id,
    state: run.state,
    finishedAt: run.finishedAt,
    plan: v.parse(BackfillPlan, run.params.plan),
    indexes: indexes.map(({ name, targetName, expected, written, rejected, skipped, existing }) => {
      return { name, targetName, expected, written, rejected, skipped, existing }
    }),
    failedFiles: artifacts.map(({ name }) => name).filter((name) => name.startsWith('failed-documents')),
  }
}

/** Which snapshot a validation of this session compares with; null before there is one. */
export async function findSnapshotRef(
  db: Db,
  sessionId: string,
  backfilled: Run | undefined,
): Promise<{ repository: string; snapshot: string } | null> {
  if (backfilled) return v.parse(SnapshotRef, backfilled.params.snapshotRef)
  const taken = await findLastRunLike(db, sessionId, 'snapshot', { effects: true })
  return taken && v.is(SnapshotNames, taken.result) ? taken.result : null
}

async function snapshotOf(
  parts: Parts,
  sessionId: string,
  { repositories }: ConfigDocument,
  backfilled: Run | undefined,
): Promise<ValidateAssignment['snapshot']> {
  const ref = await findSnapshotRef(parts.db, sessionId, backfilled)
  if (ref === null) return null
  const repository =
    repositories && Object.hasOwn(repositories, ref.repository) && repositories[ref.repository]
  if (!repository)
    throw new Problem(
      'config_invalid',
      `The config has no repository "${ref.repository}" any more, which holds the snapshot "${ref.snapshot}"`,
    )
  return { repository: await accessOf(parts, sessionId, repository), name: ref.snapshot }
}

async function repositoriesOf(
  parts: Parts,
  sessionId: string,
  { repositories = {} }: ConfigDocument,
): Promise<ConfiguredRepository[]> {
  const all = Object.entries(repositories).map(async ([name, repository]) => {
    return { name, repository, access: await accessOf(parts, sessionId, repository) }
  })
  return Promise.all(all)
}

/** As this door allows it: refused where it is outside of what repositories may be. */
async function accessOf(
  { repositories, ...parts }: Parts,
  sessionId: string,
  repository: Repository,
): Promise<CheckedRepository> {
  return repositories.check(await resolveRepository(parts, sessionId, repository))
}
