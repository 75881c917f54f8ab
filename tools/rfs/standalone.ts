// A backfill without a control plane: plan, work and verify in one process, reports as NDJSON, artifacts in a folder.
import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { type BackfillAssignment, BackfillPlan } from '../../shared/domain/backfill.ts'
import { ClusterTls, Endpoint, VersionText } from '../../shared/domain/cluster.ts'
import type { Report } from '../../shared/domain/report.ts'
import type { PlannedIndex } from '../../shared/domain/work-item.ts'
import { backfillTask } from './backfill-task.ts'
import { errorOf } from './failure.ts'
import { MemoryWorkItems } from './memory-work-items.ts'
import { plan } from './plan.ts'
import type { Print } from './process.ts'
import { type Accounting, restoreAll, verify } from './verify.ts'
import { work } from './work.ts'
import { openWorker } from './worker-parts.ts'

const Keys = v.strictObject({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  sessionToken: v.optional(v.string()),
})

const Credentials = v.variant('type', [
  v.strictObject({ type: v.literal('none') }),
  v.strictObject({ type: v.literal('basic'), username: v.string(), password: v.string() }),
  v.strictObject({ type: v.literal('apiKey'), apiKey: v.string() }),
  v.strictObject({
    type: v.literal('sigv4'),
    region: v.string(),
    service: v.picklist(['es', 'aoss']),
    keys: v.optional(Keys),
  }),
  v.strictObject({ type: v.literal('mtls'), certificate: v.string(), key: v.string() }),
])

const RepositoryConfig = v.variant('type', [
  v.strictObject({ type: v.literal('fs'), path: v.string() }),
  v.strictObject({
    type: v.literal('s3'),
    bucket: v.string(),
    prefix: v.optional(v.string(), ''),
    region: v.optional(v.string()),
    endpoint: v.optional(v.string()),
    pathStyle: v.optional(v.boolean()),
    credentials: v.optional(Keys),
  }),
])

export const StandaloneConfig = v.strictObject({
  repository: RepositoryConfig,
  snapshot: v.string(),
  target: v.strictObject({
    endpoint: Endpoint,
    credentials: v.optional(Credentials, { type: 'none' }),
    tls: v.optional(ClusterTls),
    version: v.optional(VersionText),
  }),
  plan: v.optional(BackfillPlan, {}),
  /** Target indexes that earlier loads wrote into: their documents are ours. */
  written: v.optional(v.array(v.string()), []),
  /** Folder for failed documents, default beside the config file. */
  artifacts: v.optional(v.string()),
})
export type StandaloneConfig = v.InferOutput<typeof StandaloneConfig>

export function printedReport(print: Print, folder: string): Report {
  return {
    progress: (progress) => print({ type: 'progress', ...progress }),
    item: (item) => print({ type: 'item', ...item }),
    issue: (issue) => print({ type: 'issue', ...issue }),
    log: (level, message, fields = {}) => print({ type: 'log', level, message, fields }),
    async artifact(name, mediaType, content) {
      await mkdir(folder, { recursive: true })
      const path = join(folder, name)
      const file = await open(`${path}.part`, 'w')
      let bytes = 0
      try {
        for await (const chunk of content) bytes += (await file.write(chunk)).bytesWritten
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.part`, path)
      print({ type: 'artifact', name, mediaType, path, bytes })
    },
  }
}

const PROGRESS_MS = 2_000

/** Gives the exit code: 0 when the target's counts agree and nothing was rejected, 1 otherwise, 3 when stopped. */
export async function runStandalone(
  config: StandaloneConfig,
  folder: string,
  print: Print,
  stop: AbortSignal,
  client: ClusterClient = clusterConnector({ allowLoopback: true }, { connections: 66 }).connect({
    role: 'target',
    ...config.target,
  }),
): Promise<number> {
  const report = printedReport(print, config.artifacts ?? folder)
  const assignment: BackfillAssignment = {
    run: { id: 'standalone', sessionId: 'standalone' },
    repository: config.repository,
    snapshot: config.snapshot,
    plan: config.plan,
    target: { role: 'target', ...config.target },
    written: config.written,
    retry: null,
    expiresAt: null,
  }
  const workItems = new MemoryWorkItems(config.plan)
  const parts = { assignment, workItems, report, client }
  try {
    print({ type: 'planned', ...(await plan(parts, stop)) })
    const end = await workAll(parts, workItems, print, stop)
    if (end === 'stopped') return 3
    const accounting = account(workItems)
    const result = await verify({ ...parts, accounting }, stop)
    const failed = [...workItems.items.values()].filter(({ state }) => state === 'failed')
    for (const { key, error } of failed) print({ type: 'failed', key, error })
    print({ type: 'result', ...result })
    const rejected = [...accounting.values()].some((each) => each.rejected > 0)
    return result.agree && failed.length === 0 && !rejected ? 0 : 1
  } finally {
    if (config.plan.tuneTarget)
      await restoreAll(parts, AbortSignal.timeout(30_000)).catch((error: unknown) =>
        report.log('error', `The target's settings could not be put back: ${errorOf(error).message}`),
      )
    await client.close()
  }
}

type Parts = {
  assignment: BackfillAssignment
  workItems: MemoryWorkItems
  report: Report
  client: ClusterClient
}

async function workAll(parts: Parts, workItems: MemoryWorkItems, print: Print, stop: AbortSignal) {
  const worker = await openWorker({ ...parts, worker: `standalone-${process.pid}` }, stop)
  const ended = new AbortController()
  const telling = tell(workItems, () => worker.waiting.state(), print, ended.signal)
  try {
    return await work(worker, (item, signals) => backfillTask(worker, item, signals), stop)
  } finally {
    ended.abort()
    await telling
    await worker.close()
  }
}

async function tell(items: MemoryWorkItems, state: () => object, print: Print, ended: AbortSignal) {
  while (!ended.aborted) {
    await sleep(PROGRESS_MS, undefined, { signal: ended }).catch(() => {})
    const all = [...items.items.values()]
    const done = all.reduce((sum, { counts }) => sum + counts.written + counts.rejected + counts.skipped, 0)
    const total = all.some(({ expected }) => expected === null)
      ? null
      : all.reduce((sum, { expected }) => sum + (expected ?? 0), 0)
    print({ type: 'progress', done, total, unit: 'documents', message: null, ...state() })
  }
}

function account(items: MemoryWorkItems): Map<string, Accounting> {
  const empty = ({ existingDocuments }: PlannedIndex): Accounting => {
    return { expected: 0, written: 0, rejected: 0, skipped: 0, existing: existingDocuments ?? 0 }
  }
  const accounts = new Map([...items.indexes.values()].map((index) => [index.name, empty(index)]))
  for (const { spec, counts, expected } of items.items.values()) {
    const account = accounts.get(spec.index)
    if (!account) continue
    account.expected += expected ?? counts.written + counts.rejected + counts.skipped
    account.written += counts.written
    account.rejected += counts.rejected
    account.skipped += counts.skipped
  }
  return accounts
}
