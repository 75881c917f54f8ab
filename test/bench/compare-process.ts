// A full comparison as one worker does it, alone in its process: reads its task from standard input, and tells documents,
// seconds and the largest memory. `bare` reads the target's pages and does nothing with them.
import * as v from 'valibot'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { ValidatePlan } from '../../shared/domain/validate.ts'
import type { PlannedItem } from '../../shared/domain/work-item.ts'
import { MemoryWorkItems } from '../../tools/rfs/memory-work-items.ts'
import { work } from '../../tools/rfs/work.ts'
import { comparisonTask } from '../../tools/validate/steps.ts'
import { TargetView } from '../../tools/validate/target-view.ts'
import { openComparisonWorker } from '../../tools/validate/worker.ts'

export type CompareTask = {
  mode: 'compare' | 'bare'
  target: string
  repository: string
  snapshot: string
  items: PlannedItem[]
}
export type CompareAnswer = { documents: number; seconds: number; memoryMb: number; results: string[] }

const AT_ONCE = 2

async function main(task: CompareTask): Promise<CompareAnswer> {
  const plan = v.parse(ValidatePlan, {})
  const connection = {
    role: 'target' as const,
    endpoint: task.target,
    credentials: { type: 'none' as const },
  }
  const client = clusterConnector({ allowLoopback: true }, { connections: 32 }).connect(connection)
  const workItems = new MemoryWorkItems({ batchBytes: 1_024, concurrency: plan.concurrency, rateLimit: null })
  const results: string[] = []
  const complete = workItems.complete.bind(workItems)
  workItems.complete = async (key, at) => {
    if (at.result !== undefined) results.push(`${key} ${at.result}`)
    await complete(key, at)
  }
  await workItems.plan([], task.items, true)
  const started = performance.now()
  let documents = 0
  if (task.mode === 'bare') documents = await readBare(client, task, plan.keepAliveSeconds)
  else {
    const repository = { type: 'fs' as const, path: task.repository }
    const report = { item() {}, issue() {}, log() {}, progress() {}, artifact: async () => {} }
    const assignment = {
      run: { id: 'bench', sessionId: 'bench' },
      checks: ['documents' as const],
      plan,
      source: null,
      target: connection,
      snapshot: { repository, name: task.snapshot },
      repositories: [],
      backfill: null,
      metadata: {},
      expiresAt: null,
    }
    const signal = new AbortController().signal
    const worker = await openComparisonWorker(
      { worker: 'bench', assignment, workItems, report, client },
      signal,
    )
    await work(worker, comparisonTask(worker), signal)
    await worker.close()
    const failed = [...workItems.items.values()].find(({ state }) => state !== 'done')
    if (failed) throw new Error(`${failed.key}: ${JSON.stringify(failed.error)}`)
    for (const { counts } of workItems.items.values()) documents += counts.written
  }
  const seconds = (performance.now() - started) / 1_000
  await client.close()
  return { documents, seconds, memoryMb: process.resourceUsage().maxRSS / 1_024, results: results.sort() }
}

/** The pages of every shard, as the comparison asks for them, and nothing but where each ends looked at. */
async function readBare(
  client: Parameters<typeof TargetView.open>[0]['client'],
  { items }: CompareTask,
  keepAliveSeconds: number,
): Promise<number> {
  let documents = 0
  const queue = [...items]
  const reader = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      const place = { index: item.spec.targetIndex, shard: item.spec.shard }
      const options = { client, place, pit: true, keepAliveSeconds, sources: true }
      const view = await TargetView.open({ ...options, signal: new AbortController().signal })
      // Asked first and added after: the other reader adds meanwhile.
      const count = (await view.count()) ?? 0
      documents += count
      for await (const _ of view.bare());
      await view.close()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, reader))
  return documents
}

const chunks: Buffer[] = []
for await (const chunk of process.stdin) chunks.push(chunk)
const answer = await main(JSON.parse(Buffer.concat(chunks).toString()))
process.stdout.write(JSON.stringify(answer), () => process.exit(0))
