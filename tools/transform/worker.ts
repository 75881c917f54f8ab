// The thread in which user code runs. It speaks only with the thread that started it.
import { parentPort } from 'node:worker_threads'
import { documentLane } from './documents.ts'
import { type Interpreter, interpreter, itemLane } from './interpreter.ts'
import type { Batch } from './sandbox.ts'

let run: Interpreter | null = null

parentPort?.on('message', async (batch: Batch) => {
  run ??= interpreter(batch.limits, batch.lane === 'documents' ? documentLane : itemLane)
  const outcomes = []
  for (const item of batch.items) outcomes.push(await run(item, batch.transforms))
  parentPort?.postMessage(outcomes)
})
