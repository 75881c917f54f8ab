// Server-sent events of a session, read as a browser reads them.
import type { Loose } from './journey.ts'

export type Seen = { id: number; type: string; at: string; data: Loose; receivedAt: number }

type Reader = { product: { url: string; adminToken: string } }

/** Opens the stream; resolves when the server has said that it is open. */
export async function openStream({ product }: Reader, session: string, lastEventId?: number) {
  const ending = new AbortController()
  const response = await fetch(`${product.url}/sessions/${session}/events`, {
    headers: {
      authorization: `Bearer ${product.adminToken}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
    signal: ending.signal,
  })
  if (!response.body) throw new Error('the stream has no body')
  const messages = read(response.body)
  await messages.next()
  return {
    /** Every event from now on, up to and with the one that is asked for. */
    async until(isLast: (event: Seen) => boolean): Promise<Seen[]> {
      const seen: Seen[] = []
      for (;;) {
        const { value, done } = await messages.next()
        if (done) throw new Error('the stream ended')
        seen.push(value)
        if (isLast(value)) return seen
      }
    },
    async close() {
      ending.abort()
    },
  }
}

async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<Seen> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message = parse(text.slice(0, end))
      text = text.slice(end + 2)
      if (message) yield message
    }
  }
}

function parse(message: string): Seen | undefined {
  const fields = new Map(
    message
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const data = fields.get('data')
  if (data === undefined) return undefined
  return { ...JSON.parse(data), id: Number(fields.get('id')), receivedAt: Date.now() }
}
