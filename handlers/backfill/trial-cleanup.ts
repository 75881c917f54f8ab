// POST /sessions/:session/backfill/trial_cleanup
import * as v from 'valibot'
import { deleteIndex, findTrialIndexes } from '../../shared/cluster/trial-indexes.ts'
import { resolveConnection } from '../../shared/connections.ts'
import { listTrialIndexes } from '../../shared/db/backfills.ts'
import { appendEvent } from '../../shared/db/events.ts'
import { findLatestRun } from '../../shared/db/runs.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { getCluster, getValidConfig } from '../../shared/http/startable.ts'
import { Problem } from '../../shared/problems.ts'

const Body = v.strictObject({
  /** Of which trial; without it, of the latest. */
  indexPrefix: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(40))),
  /** True only tells what would be deleted. */
  dryRun: v.optional(v.boolean(), true),
  /** The prefix once more, for a deletion. */
  confirm: v.optional(v.string()),
  reason: v.optional(v.pipe(v.string(), v.maxLength(500))),
})

const TrialIndex = v.strictObject({ name: v.string(), documents: v.nullable(v.number()) })
const TrialCleanup = v.pipe(
  v.strictObject({
    indexPrefix: v.string(),
    dryRun: v.boolean(),
    /** Created by trials of this session: deleted, or to be deleted. */
    deleted: v.array(TrialIndex),
    /** Written into by a trial but not created by it: never deleted. */
    kept: v.array(v.strictObject({ ...TrialIndex.entries, reason: v.string() })),
    /** Not there any more. */
    gone: v.array(v.string()),
  }),
  v.metadata({ ref: 'TrialCleanup' }),
)

/**
 * Deletes the indexes that trials of this session created on the target, and no other: each carries a mark that its
 * creation put there. A second call finds them gone, and changes nothing.
 */
export default route().post(
  '/sessions/:session/backfill/trial_cleanup',
  operation({
    id: 'backfillTrialCleanup',
    summary: 'Delete the indexes that a trial created',
    access: 'admin',
    returns: { 200: TrialCleanup },
    problems: [
      'session_not_found',
      'origin_not_allowed',
      'trial_not_found',
      'confirmation_needed',
      'run_in_progress',
      'config_invalid',
      'source_is_target',
      'target_not_configured',
      'secret_missing',
      'secret_not_for_this_endpoint',
      'cluster_failed',
      'not_on_this_runtime',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body, { optional: true }),
  async (c) => {
    const { db, seal, clusters, session, principal, requestId } = c.var
    const { indexPrefix: asked, dryRun, confirm, reason } = c.req.valid('json')
    c.set('reason', reason ?? null)
    const known = await listTrialIndexes(db, session.id)
    const indexPrefix = asked ?? known[0]?.prefix
    const names = [...new Set(known.filter(({ prefix }) => prefix === indexPrefix).map(({ name }) => name))]
    if (indexPrefix === undefined || names.length === 0)
      throw new Problem(
        'trial_not_found',
        `This session has no trial${asked ? ` with the prefix "${asked}"` : ''}`,
      )
    if (!dryRun && confirm !== indexPrefix)
      throw new Problem(
        'confirmation_needed',
        `Deleting the indexes of the trial cannot be undone; repeat its prefix as "confirm": "${indexPrefix}"`,
      )
    const latest = await findLatestRun(db, session.id, 'backfill')
    if (!dryRun && latest && latest.finishedAt === null)
      throw new Problem('run_in_progress', 'A backfill is open; wait for it or stop it', {
        members: { runId: latest.id },
      })
    const { document } = await getValidConfig(db, session.id)
    const cluster = await getCluster(db, session.id, document, 'target')
    const client = clusters.connect(await resolveConnection({ db, seal }, session.id, 'target', cluster))
    try {
      const found = await findTrialIndexes(client, names)
      const ours = found.filter(({ trialOf }) => trialOf === session.id)
      for (const { name } of dryRun ? [] : ours) await deleteIndex(client, name)
      const there = new Set(found.map(({ name }) => name))
      const answer = {
        indexPrefix,
        dryRun,
        deleted: ours.map(({ name, documents }) => ({ name, documents })),
        kept: found.filter((index) => !ours.includes(index)).map(keptOf),
        gone: names.filter((name) => !there.has(name)),
      }
      const data = { indexPrefix, indexes: ours.map(({ name }) => name) }
      if (!dryRun && ours.length > 0)
        await appendEvent(db, {
          sessionId: session.id,
          runId: null,
          type: 'trial.cleaned',
          data,
          actor: principal.name,
          requestId,
        })
      return c.json(answer, 200)
    } finally {
      await client.close()
    }
  },
)

function keptOf({
  name,
  documents,
  trialOf,
}: {
  name: string
  documents: number | null
  trialOf: string | null
}) {
  const reason =
    trialOf === null
      ? 'It was there before the trial, or was made since'
      : 'A trial of another session created it'
  return { name, documents, reason }
}
