// pg-boss jobs on Node: every queue has its worker here, and open runs are looked after from boot on.
import { hostname } from 'node:os'
import { type Job as BossJob, PgBoss } from 'pg-boss'
import { jobs } from '../../jobs/index.ts'
import type { Job, JobContext } from '../../jobs/job.ts'
import { CLAIM_SECONDS } from '../../shared/db/runs.ts'
import { runsReconcile, runTick, workflowPoll } from '../../shared/queue/queues.ts'
import { argoEngine } from '../../shared/workflows/argo-engine.ts'
import { localEngine } from '../../shared/workflows/local.ts'
import type { Context } from './context.ts'
import { childProcesses } from './processes.ts'

const WORKERS: Record<string, number> = { 'metadata-start': 4, 'run-tick': 4, 'workflow-submit': 8 }

/** Starts the workers. `stop` lets running jobs check out: light runs release their claim and go on elsewhere. */
export async function startJobs(context: Context, apiUrl: () => string): Promise<{ stop(): Promise<void> }> {
  const { log, db, queues, workflows } = context
  // The next step of a run need not wait for the next look. Where this is lost, that look comes all the same.
  const ended = (key: string) => {
    const [runId = ''] = key.split('/')
    queues
      .enqueue(db, runTick, { runId }, { singletonKey: `${runId}/ended` })
      .catch((error: unknown) => log.info('cannot queue a look at once', { process: key, error }))
  }
  const processes = childProcesses({ log, dataDir: context.config.MA_DATA_DIR, ended })
  const engine = workflows ? argoEngine({ db, workflows }) : localEngine({ db, processes, apiUrl })
  const owner = `${hostname()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`
  const ending = new AbortController()
  const boss = new PgBoss({
    connectionString: context.url,
    max: 6,
    migrate: false,
    useListenNotify: true,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    application_name: 'migration-assistant jobs',
  })
  boss.on('error', (error) => log.warn('queue error', { error }))
  await boss.start()
  for (const job of jobs) {
    const localConcurrency = WORKERS[job.queue.name] ?? 1
    const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1, localConcurrency }
    const heartbeat = job.queue.options.heartbeatSeconds ? { heartbeatRefreshSeconds: 1 } : {}
    await boss.work(job.queue.name, { ...polling, ...heartbeat }, (batch) =>
      work({ ...context, engine, owner }, job, batch, ending.signal),
    )
    if (job.queue.schedule) await boss.schedule(job.queue.name, job.queue.schedule, {})
  }
  // At boot, and once more when the claims of a killed process have run out.
  await queues.enqueue(db, runsReconcile, {})
  if (workflows) await queues.enqueue(db, workflowPoll, {}, { singletonKey: 'next' })
  const again = setTimeout(
    () => void queues.enqueue(db, runsReconcile, {}).catch(() => undefined),
    (CLAIM_SECONDS + 1) * 1_000,
  )
  log.info('jobs process is working', { queues: jobs.map(({ queue }) => queue.name) })
  return {
    async stop() {
      clearTimeout(again)
      ending.abort()
      await Promise.all([boss.stop({ graceful: true, timeout: 10_000 }), processes.stopAll()])
    },
  }
}

type Working = Context & Pick<JobContext, 'engine' | 'owner'>

async function work(context: Working, job: Job, batch: BossJob<unknown>[], ending: AbortSignal) {
  const { db, queues, clusters, seal, artifacts, repositories, log, engine, workflows, owner } = context
  for (const { id, data, signal } of batch) {
    const fields = { queue: job.queue.name, jobId: id }
    try {
      await job.handle(data, {
        db,
        queues,
        clusters,
        seal,
        artifacts,
        repositories,
        log,
        engine,
        workflows,
        owner,
        signal: AbortSignal.any([signal, ending]),
      })
    } catch (error) {
      log.error('job failed', { ...fields, error })
      throw error
    }
  }
}
