// A worker whose target takes everything at once: a process of its own, so that its processor time is the reader's.
import { writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { BackfillPlan } from '../../shared/domain/backfill.ts'
import { backfillTask } from '../../tools/rfs/backfill-task.ts'
import { MemoryWorkItems } from '../../tools/rfs/memory-work-items.ts'
import { splitShard } from '../../tools/rfs/split-shard.ts'
import { work } from '../../tools/rfs/work.ts'
import { openWorker } from '../../tools/rfs/worker-parts.ts'
import { lz4Blocks } from './lz4-blocks.ts'
import { silent } from './silent.ts'

export type Place = { repository: string; snapshot: string; index: string }
export type ReaderTask = Place & ({ kind: 'read' } | { kind: 'blocks'; file: string })
/** Bytes of source, processor and wall time in milliseconds. */
export type ReaderFigure = { documents: number; bytes: number; cpuMs: number; wallMs: number }

if (import.meta.main) {
  process.on('message', async (task: ReaderTask) => {
    process.send?.(task.kind === 'read' ? await workerOver(task, () => undefined) : await keepBlocks(task))
  })
  process.on('SIGTERM', () => process.exit(0))
}

/** The worker's own code over all shards of an index; its finished bodies go to `take` instead of a target. */
export async function workerOver(
  { repository, snapshot, index }: Place,
  take: (body: Uint8Array) => void,
): Promise<ReaderFigure> {
  const plan = v.parse(BackfillPlan, {})
  const workItems = new MemoryWorkItems(plan)
  const target = {
    role: 'target' as const,
    endpoint: 'http://127.0.0.1:9',
    credentials: { type: 'none' as const },
  }
  const from = { repository: { type: 'fs' as const, path: repository }, snapshot }
  const assignment = {
    run: { id: 'bench', sessionId: 'bench' },
    ...from,
    plan,
    target,
    written: [],
    retry: null,
    expiresAt: null,
  }
  const signal = new AbortController().signal
  const input = { worker: 'bench', assignment, workItems, report: silent, client: takingClient(take) }
  const parts = await openWorker(input, signal)
  const { reader } = await parts.shards.shard(index, 0)
  const place = { index, targetIndex: index, shard: 0, priority: 0 }
  await workItems.plan([], await splitShard(reader, place, plan, signal), true)
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  await work(parts, (item, signals) => backfillTask(parts, item, signals), signal)
  const { user, system } = process.cpuUsage(cpu)
  const wallMs = performance.now() - wall
  await parts.close()
  const items = [...workItems.items.values()]
  if (items.some(({ state }) => state !== 'done')) throw new Error('the reader did not come to its end')
  return {
    documents: items.reduce((sum, { counts }) => sum + counts.written, 0),
    bytes: items.reduce((sum, { counts }) => sum + counts.bytes, 0),
    cpuMs: (user + system) / 1_000,
    wallMs,
  }
}

/** The compressed blocks of all chunks, for a native decoder to decode the same. */
async function keepBlocks(task: Extract<ReaderTask, { kind: 'blocks' }>): Promise<number> {
  const blocks = await lz4Blocks(task.repository, task.snapshot, task.index)
  await writeFile(task.file, blocks.bytes)
  return blocks.decompressed
}

function takingClient(take: (body: Uint8Array) => void): ClusterClient {
  const taken = Buffer.from('{"errors":false}')
  const answer = {
    status: 200,
    headers: new Headers(),
    bytes: taken,
    text: () => String(taken),
    json: () => ({}),
  }
  return {
    connection: { role: 'target', endpoint: 'http://127.0.0.1:9' },
    async send({ body }) {
      if (body instanceof Uint8Array) take(body)
      return answer
    },
    async close() {},
  }
}
