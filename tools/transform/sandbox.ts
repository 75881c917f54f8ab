// Runs user JavaScript over JSON items, apart from everything: a QuickJS interpreter in a worker thread, with limits
// on time and memory and no access to network, files or process.
import { Worker } from 'node:worker_threads'
import type { Packed } from './documents.ts'

/**
 * User code. It evaluates to a function, or declares one named `transform`:
 * `(item) => item | item[] | null`. A list splits the item, null drops it. Each item meets a fresh interpreter,
 * so nothing is carried from one to the next.
 */
export type Transform = { name: string; code: string }

/** The items that became of one item, or why a transform failed on it. */
export type TransformOutcome<Item = string> =
  | { ok: true; items: Item[] }
  | { ok: false; transform: string; reason: 'time' | 'memory' | 'code' | 'result'; message: string }

export type SandboxLimits = {
  /** Per item, through all transforms. */
  timeMs: number
  memoryBytes: number
}

export interface Sandbox<Item = string> {
  /** Passes each item through all transforms, in order. One outcome per item. */
  apply(items: readonly Item[]): Promise<TransformOutcome<Item>[]>
  close(): Promise<void>
}

/** `items` are JSON texts, each of which may become several; `documents` are whole batches, see documents.ts. */
export type Batch = { transforms: Transform[]; limits: SandboxLimits } & (
  | { lane: 'items'; items: string[] }
  | { lane: 'documents'; items: Packed[] }
)

export const defaultLimits: SandboxLimits = { timeMs: 2_000, memoryBytes: 64 * 1024 * 1024 }

/** What the interpreter may overrun before the thread itself is ended. */
const graceMs = 5_000
const batchSize = 50

export function openSandbox(transforms: Transform[], limits: SandboxLimits = defaultLimits): Sandbox {
  return new WorkerSandbox<string>(transforms, limits, 'items')
}

export function openDocumentSandbox(transforms: Transform[], limits: SandboxLimits): Sandbox<Packed> {
  return new WorkerSandbox<Packed>(transforms, limits, 'documents')
}

class WorkerSandbox<Item> implements Sandbox<Item> {
  readonly #transforms: Transform[]
  readonly #limits: SandboxLimits
  readonly #lane: Batch['lane']
  #worker: Worker | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(transforms: Transform[], limits: SandboxLimits, lane: Batch['lane']) {
    this.#lane = lane
    this.#transforms = transforms
    this.#limits = limits
  }

  /** Calls wait for one another, so that one thread does one batch at a time. */
  apply(items: readonly Item[]): Promise<TransformOutcome<Item>[]> {
    const outcomes = this.#queue.then(() => this.#inBatches(items))
    this.#queue = outcomes.catch(() => undefined)
    return outcomes
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#end()
  }

  async #inBatches(items: readonly Item[]): Promise<TransformOutcome<Item>[]> {
    const outcomes: TransformOutcome<Item>[] = []
    for (let at = 0; at < items.length; at += batchSize)
      outcomes.push(...(await this.#run(items.slice(at, at + batchSize))))
    return outcomes
  }

  /** A batch that kills or hangs the thread is run again item by item, to tell which one it was. */
  async #run(items: readonly Item[]): Promise<TransformOutcome<Item>[]> {
    if (this.#closed) throw new Error('the sandbox is closed')
    this.#worker ??= startWorker(this.#limits)
    const [transforms, limits, lane] = [this.#transforms, this.#limits, this.#lane]
    const within = items.length * limits.timeMs + graceMs
    const batch = { transforms, limits, lane, items: [...items] }
    const outcomes = await exchange<TransformOutcome<Item>[]>(this.#worker, batch, within)
    if (outcomes !== null) return outcomes
    await this.#end()
    if (items.length === 1) return [this.#killed()]
    const single: TransformOutcome<Item>[] = []
    for (const item of items) single.push(...(await this.#run([item])))
    return single
  }

  #killed(): TransformOutcome<Item> {
    const transform = this.#transforms.map(({ name }) => name).join(', ')
    return { ok: false, transform, reason: 'memory', message: 'It ended its interpreter' }
  }

  async #end(): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
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
function exchange<Answer>(worker: Worker, batch: unknown, withinMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(null), withinMs)
    const lost = () => settle(null)
    function settle(answer: Answer | null): void {
      clearTimeout(timer)
      worker.off('message', settle).off('error', lost).off('exit', lost)
      resolve(answer)
    }
    worker.on('message', settle).on('error', lost).on('exit', lost)
    worker.postMessage(batch)
  })
}
