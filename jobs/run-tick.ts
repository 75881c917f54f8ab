import { failureOf } from '../shared/cluster/expect-json.ts'
import { encodeIndex } from '../shared/cluster/path.ts'
import { resolveConnection } from '../shared/connections.ts'
import { findWaitingApproval } from '../shared/db/approvals.ts'
import {
  listStaleIndexes,
  listWorkers,
  readHeavyRun,
  recordSample,
  recordTargetCount,
} from '../shared/db/backfills.ts'
import { findConfig } from '../shared/db/configs.ts'
import { type HeavyRun, holdRun, recordProgress } from '../shared/db/heavy-runs.ts'
import { findEngineTrouble } from '../shared/db/run-parts.ts'
import { judgeConfig } from '../shared/domain/config-rules.ts'
import type { WaitingFor } from '../shared/domain/run.ts'
import { runTick } from '../shared/queue/queues.ts'
import { type JobContext, job } from './job.ts'

/** A run that came to another phase goes on at once: its next step need not wait for the next look. */
const TURNS = 3
/** Runs that this process looks at right now. The end of a child process asks for a look beside the one that is due. */
const underWay = new Set<string>()
const COUNTED_AT_ONCE = 16
const COUNT_TIMEOUT_MS = 5_000

/**
 * Looks after an open heavy run for a moment and queues itself again.
 *
 * pg-boss delivers at least once: only the process that holds the claim acts, and bringing processes to where they
 * are already changes nothing. A tick that is lost is queued again by the reconciliation.
 */
export default job(runTick, async ({ runId }, context) => {
  // The one under way queues the next; two at once would start a process twice.
  if (underWay.has(runId)) return
  underWay.add(runId)
  try {
    await look(runId, context)
  } finally {
    underWay.delete(runId)
  }
})

async function look(runId: string, context: JobContext): Promise<void> {
  const { db, queues, engine, owner, log } = context
  let run = await holdRun(db, runId, owner)
  if (!run) log.debug('run has ended or is held by another process', { runId })
  for (let turn = 0; run && turn < TURNS; turn++) {
    // Before the tick, so that what a run had done is known when the tick ends it.
    if (run.phase !== null)
      await recordProgress(db, { runId: run.id, epoch: run.epoch }, await findBlocker(context, run))
    await engine.tick(run)
    await observe(context, run)
    const next = await holdRun(db, runId, owner)
    if (next?.phase === run.phase && next?.state === run.state) break
    run = next
  }
  const { rows } = await db.query(`select 1 from run where id = $1 and finished_at is null`, [runId])
  if (rows.length > 0) await queues.enqueue(db, runTick, { runId }, { startAfter: 1, singletonKey: runId })
}

/** Keeps samples for rates, and the target's own counts. A target that does not answer stops nothing. */
async function observe(context: JobContext, run: HeavyRun): Promise<void> {
  const { db, log } = context
  const { phase } = await readHeavyRun(db, run.id)
  if (phase === null || run.state !== 'Running') return
  await recordSample(db, run.id)
  if (phase === 'Running' && run.action === 'backfill')
    await countTarget(context, run).catch((error: unknown) =>
      log.warn('cannot count on the target', { runId: run.id, error }),
    )
}

/** What most workers wait for; or that there is none to work. */
async function findBlocker({ db }: JobContext, run: HeavyRun): Promise<WaitingFor | null> {
  if (run.state !== 'Running') return null
  const approval = await findWaitingApproval(db, run.id)
  if (approval) {
    const detail = `Waiting for a person to approve the gate "${approval.gate}"`
    return { code: 'approval', since: approval.requestedAt, detail }
  }
  const trouble = await findEngineTrouble(db, run.id)
  if (trouble) return trouble
  if (run.phase !== 'Running') return null
  const workers = await listWorkers(db, run.id)
  const now = new Date().toISOString()
  const holding = workers.filter(({ items }) => items.length > 0)
  const waiting = holding.flatMap(({ state }) => (state?.waitingFor ? [state.waitingFor] : []))
  const [first] = waiting
  if (first && waiting.length * 2 >= holding.length) return { ...first, since: now }
  if (run.wantedWorkers === 0)
    return { code: 'no_worker', since: now, detail: `The ${run.action} is scaled to no worker` }
  return null
}

async function countTarget({ db, seal, clusters }: JobContext, run: HeavyRun): Promise<void> {
  const stale = await listStaleIndexes(db, run.id, COUNTED_AT_ONCE)
  if (stale.length === 0) return
  const config = await findConfig(db, run.sessionId, run.configVersion)
  const target = judgeConfig(config?.document).document?.target
  if (!target) return
  const client = clusters.connect(await resolveConnection({ db, seal }, run.sessionId, 'target', target))
  try {
    await Promise.all(
      stale.map(async ({ name, targetName }) => {
        const request = {
          method: 'GET' as const,
          path: `/${encodeIndex(targetName)}/_count`,
          timeoutMs: COUNT_TIMEOUT_MS,
          attempts: 1,
        }
        try {
          const response = await client.send(request)
          if (response.status !== 200) throw failureOf(client, request, response)
          await recordTargetCount(db, run.id, name, { count: exactCount(response.json()) })
        } catch (error) {
          await recordTargetCount(db, run.id, name, {
            error: error instanceof Error ? error.message.slice(0, 500) : 'no answer',
          })
        }
      }),
    )
  } finally {
    await client.close()
  }
}

/** A count over only some shards is no count. */
function exactCount(answer: unknown): number {
  if (
    typeof answer !== 'object' ||
    answer === null ||
    !('count' in answer) ||
    typeof answer.count !== 'number'
  )
    throw new Error('The target answered no count')
  const failed =
    '_shards' in answer &&
    typeof answer._shards === 'object' &&
    answer._shards !== null &&
    'failed' in answer._shards
      ? answer._shards.failed
      : 0
  if (failed !== 0) throw new Error(`The target counted without ${String(failed)} of its shards`)
  return answer.count
}
