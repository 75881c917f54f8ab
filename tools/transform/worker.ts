// The thread in which user code runs. It speaks only with the thread that started it.
import { parentPort } from 'node:worker_threads'
import { documentLane, type Packed } from './documents.ts'
import { type Interpreter, interpreter, itemLane } from './interpreter.ts'
import type { Batch, Transform } from './sandbox.ts'

let texts: Interpreter<string> | null = null
let documents: Interpreter<Packed> | null = null

parentPort?.on('message', async (batch: Batch) => parentPort?.postMessage(await outcomesOf(batch)))

function outcomesOf(batch: Batch): Promise<unknown[]> {
  if (batch.lane === 'documents') {
    documents ??= interpreter(batch.limits, documentLane)
    return passEach(documents, batch.items, batch.transforms)
  }
  texts ??= interpreter(batch.limits, itemLane)
  return passEach(texts, batch.items, batch.transforms)
}

async function passEach<Item>(run: Interpreter<Item>, items: Item[], transforms: Transform[]) {
  const outcomes = []
  for (const item of items) outcomes.push(await run(item, transforms))
  return outcomes
}
