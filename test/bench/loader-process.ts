// The bare bulk loader: the very bodies that the worker sends, prepared in memory, sent by as many connections as the
// worker opens and nothing else.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { workerOver } from './reader-process.ts'

export type LoaderTask =
  | { kind: 'prepare'; repository: string; snapshot: string; index: string }
  | { kind: 'load'; url: string; index: string; connections: number }

const bodies: Uint8Array[] = []

process.on('message', async (task: LoaderTask) => {
  process.send?.(task.kind === 'prepare' ? await prepare(task) : await load(task))
})
process.on('SIGTERM', () => process.exit(0))

async function prepare(task: Extract<LoaderTask, { kind: 'prepare' }>): Promise<number> {
  await workerOver(task, (body) => bodies.push(Uint8Array.from(body)))
  return bodies.length
}

/** Milliseconds from the first byte until every document can be searched, which is where the worker's proof ends too. */
async function load({ url, index, connections }: Extract<LoaderTask, { kind: 'load' }>): Promise<number> {
  const pool = new Pool(url, { connections })
  let next = 0
  const sender = async () => {
    for (let body = bodies[next++]; body; body = bodies[next++]) await send(pool, index, body)
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, sender))
  await (await pool.request({ method: 'POST', path: `/${index}/_refresh` })).body.text()
  const took = performance.now() - started
  await pool.close()
  return took
}

async function send(pool: Pool, index: string, body: Uint8Array): Promise<void> {
  const path = `/${index}/_bulk?filter_path=errors,items.*.status,items.*.error`
  const headers = { 'content-type': 'application/x-ndjson' }
  for (;;) {
    const answer = await pool.request({ method: 'POST', path, headers, body })
    const text = await answer.body.text()
    if (answer.statusCode === 200 && text.startsWith('{"errors":false')) return
    if (answer.statusCode !== 429)
      throw new Error(`the target refuses a body: ${answer.statusCode} ${text.slice(0, 300)}`)
    await sleep(100)
  }
}
