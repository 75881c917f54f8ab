// The tool routes of the API over work items in memory: for worker processes that are killed and started again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Problem } from '../../../shared/problems.ts'
import { MemoryWorkItems } from '../../../tools/rfs/memory-work-items.ts'

type Calls = Record<string, (body: never) => Promise<unknown>>

export async function controlPlane(assignment: {
  plan: { batchBytes: number; concurrency: number; rateLimit: null }
}) {
  const workItems = new MemoryWorkItems(assignment.plan)
  const results: Record<string, unknown>[] = []
  const leases: { key: string; epoch: number; doc: number | null }[] = []
  const artifacts = new Map<string, number>()
  let away = false

  const calls: Calls = {
    assignment: async () => assignment,
    reports: async () => ({ continue: true }),
    result: async (body: Record<string, unknown>) => void results.push(body),
    'work-items': async ({ indexes, items, complete }: { indexes: []; items: []; complete: boolean }) =>
      workItems.plan(indexes, items, complete),
    lease: async ({ worker, max }: { worker: string; max: number }) => {
      const answer = await workItems.lease(worker, max)
      for (const { key, epoch, cursor } of answer.items) leases.push({ key, epoch, doc: cursor?.doc ?? null })
      return answer
    },
  }
  const server = createServer(async (request, response) => {
    if (away) return void request.socket.destroy()
    const [, , , noun = '', key = '', verb = ''] = (request.url ?? '').split('/')
    try {
      if (request.headers.authorization !== 'Bearer secret') throw new Problem('not_authenticated')
      if (noun === 'artifacts') {
        let size = 0
        for await (const chunk of request) size += chunk.length
        artifacts.set(key, size)
        return void response.writeHead(204).end()
      }
      // The bodies are those of our own tool; what is wrong in them fails the test where it is used.
      const body = (request.method === 'GET' ? {} : await json(request)) as never
      const item = verb as 'checkpoint' | 'complete' | 'release' | 'fail'
      const answer = verb ? await workItems[item](key, body) : await calls[key || noun]?.(body)
      response
        .writeHead(answer === undefined ? 204 : 200)
        .end(answer === undefined ? '' : JSON.stringify(answer))
    } catch (error) {
      const { status, code, detail } = Problem.from(error)
      response.writeHead(status).end(JSON.stringify({ code, detail }))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this kind.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/runs/r1`

  return {
    workItems,
    results,
    leases,
    artifacts,
    /** From now on nobody answers, until `back`. */
    leave: () => {
      away = true
      server.closeAllConnections()
    },
    back: () => {
      away = false
    },
    start(step: 'plan' | 'work' | 'verify', more: Record<string, string> = {}) {
      const env = { ...process.env, MA_API_URL: url, MA_RUN_TOKEN: 'secret', MA_TIE_STDIN: '1', ...more }
      const child = spawn(process.execPath, ['tools/rfs/main.ts', step], {
        env,
        stdio: ['pipe', 'inherit', 'inherit'],
      })
      const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
      return { child, ended }
    },
    written: () => [...workItems.items.values()].reduce((sum, { counts }) => sum + counts.written, 0),
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
