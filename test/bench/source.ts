// A real Elasticsearch 7.10.2 with documents of 2.4 KB and a snapshot of them, made once for all benches of a run.
import { availableParallelism } from 'node:os'
import { type Engine, startEngine } from '../rigs/engine.ts'
import { ask, openEngine, takeSnapshot } from '../tools/snapshot/source-engine.ts'
import { sampleDocument, sampleMapping } from './documents.ts'

export type Source = {
  engine: Engine
  repository: string
  snapshot: string
  index: string
  documents: number
  /** Bytes of source as they were sent. */
  bytes: number
}

/** Documents of the sample; `MA_BENCH_DOCUMENTS` changes it. */
const DOCUMENTS = Number(process.env.MA_BENCH_DOCUMENTS ?? 200_000)
const BATCH = 2_000
const INDEX = 'orders'

let made: Promise<Source> | undefined

export function benchSource(): Promise<Source> {
  made ??= makeSource()
  return made
}

async function makeSource(): Promise<Source> {
  const engine = await startEngine('es7', { heapMb: 1_024 })
  await ask(engine.url, 'PUT', `/${INDEX}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
    mappings: sampleMapping,
  })
  let next = 0
  let bytes = 0
  const worker = async () => {
    for (let from = next; from < DOCUMENTS; from = next) {
      next += BATCH
      const { body, size } = bulkOf(from, Math.min(BATCH, DOCUMENTS - from))
      bytes += size
      const answer = await ask<{ errors: boolean }>(
        engine.url,
        'POST',
        `/${INDEX}/_bulk`,
        body,
        'application/x-ndjson',
      )
      if (answer.errors) throw new Error('the source refuses documents')
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  await ask(engine.url, 'POST', `/${INDEX}/_flush`)
  await ask(engine.url, 'POST', `/${INDEX}/_refresh`)
  const repository = await takeSnapshot(await openEngine(engine), [INDEX])
  console.error(`the source has ${DOCUMENTS} documents of ${Math.round(bytes / DOCUMENTS)} bytes`)
  return { engine, repository, snapshot: 'snap', index: INDEX, documents: DOCUMENTS, bytes }
}

function bulkOf(from: number, count: number): { body: string; size: number } {
  const lines: string[] = []
  let size = 0
  for (let n = from; n < from + count; n++) {
    const { id, body } = sampleDocument(n)
    lines.push(`{"index":{"_id":"${id}"}}`, body)
    size += body.length
  }
  return { body: `${lines.join('\n')}\n`, size }
}
