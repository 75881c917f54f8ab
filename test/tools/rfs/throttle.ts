// A door before a real target that turns bulk requests away with 429 for a while, as one under load does.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Throttle = { url: string; refused: number; stop(): void }

/** Lets everything through to `target`; `_bulk` only after `ms` from its first request on. */
export async function throttle(target: string, ms: number): Promise<Throttle> {
  let until = 0
  const state: Throttle = { url: '', refused: 0, stop: () => server.close() }
  const server = createServer((incoming, outgoing) => {
    const isBulk = incoming.url?.includes('/_bulk')
    if (isBulk) until ||= Date.now() + ms
    if (isBulk && Date.now() < until) {
      state.refused++
      incoming.resume()
      const error = { type: 'rejected_execution_exception', reason: 'the queue is full' }
      outgoing.writeHead(429, { 'content-type': 'application/json' })
      return void outgoing.end(JSON.stringify({ error, status: 429 }))
    }
    const { method, headers } = incoming
    const passed = request(target + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this kind.
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
