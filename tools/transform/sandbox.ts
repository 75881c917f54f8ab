// Runs user JavaScript over JSON items, apart from everything: a QuickJS interpreter in a worker thread, with limits
// on time and memory and no access to network, files or process.
import { Worker } from 'node:worker_threads'

/**
 * User code. It evaluates to a function, or declares one named `transform`:
 * `(item) => item | item[] | null`. A list splits the item, null drops it. Each item meets a fresh interpreter,
 * so nothing is carried from one to the next.
 */
export type Transform = { name: string; code: string }

/** The items that became of one item, as JSON, or why a transform failed on it. */
export type TransformOutcome =
  | { ok: true; texts: string[] }
  | { ok: false; transform: string; reason: 'time' | 'memory' | 'code' | 'result'; message: string }

export type SandboxLimits = {
  /** Per item, through all transforms. */
  timeMs: number
  memoryBytes: number
}

export interface Sandbox {
  /** Passes each item (JSON text) through all transforms, in order. One outcome per item. */
  apply(items: readonly string[]): Promise<TransformOutcome[]>
  close(): Promise<void>
}

export type Batch = { transforms: Transform[]; limits: SandboxLimits; items: string[] }

export const defaultLimits: SandboxLimits = { timeMs: 2_000, memoryBytes: 64 * 1024 * 1024 }

/** What the interpreter may overrun before the thread itself is ended. */
const graceMs = 5_000
const batchSize = 50

export function openSandbox(transforms: Transform[], limits: SandboxLimits = defaultLimits): Sandbox {
  let worker: Worker | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function end(): Promise<void> {
    const ending = worker
    worker = null
    await ending?.terminate()
  }

  /** One batch at a time: a batch that hangs or kills the thread is told from the ones after it. */
  async function run(items: string[]): Promise<TransformOutcome[]> {
    worker ??= startWorker(limits)
    const outcomes = await exchange(worker, { transforms, limits, items })
    if (outcomes !== null) return outcomes
    await end()
    if (items.length > 1) return (await Promise.all(items.map((item) => [item]).map(enqueueNow))).flat()
    const [transform] = transforms
    return [
      { ok: false, transform: transform?.name ?? '', reason: 'memory', message: 'It ended its interpreter' },
    ]
  }

  /** Inside `run` the queue is already ours. */
  let inner: Promise<unknown> = Promise.resolve()
  function enqueueNow(items: string[]): Promise<TransformOutcome[]> {
    const next = inner.then(() => run(items))
    inner = next.catch(() => undefined)
    return next
  }

  return {
    async apply(items) {
      const batches: Promise<TransformOutcome[]>[] = []
      for (let at = 0; at < items.length; at += batchSize) {
        const next = queue.then(() => run(items.slice(at, at + batchSize)))
        queue = next.catch(() => undefined)
        batches.push(next)
      }
      return (await Promise.all(batches)).flat()
    },
    close: end,
  }
}

function startWorker(limits: SandboxLimits): Worker {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 64 + Math.ceil((2 * limits.memoryBytes) / 1_048_576) },
  })
  worker.unref()
  return worker
}

/** Null where the thread died or did not answer in time. */
function exchange(worker: Worker, batch: Batch): Promise<TransformOutcome[] | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(null), batch.items.length * batch.limits.timeMs + graceMs)
    const lost = () => settle(null)
    function settle(outcomes: TransformOutcome[] | null): void {
      clearTimeout(timer)
      worker.off('message', settle).off('error', lost).off('exit', lost)
      resolve(outcomes)
    }
    worker.on('message', settle).on('error', lost).on('exit', lost)
    worker.postMessage(batch)
  })
}
