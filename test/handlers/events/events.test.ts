import * as v from 'valibot'
import { expect, onTestFinished, test } from 'vitest'
import { appendEvent, listEvents } from '../../../shared/db/events.ts'
import { SessionEvent } from '../../../shared/domain/access.ts'
import { givenSession, startApp, type TestApp } from '../../harness/app.ts'

type Page = { items: SessionEvent[]; next: string | null }

const note = (sessionId: string, n: number) => ({
  sessionId,
  runId: null,
  type: 'test.note',
  data: { n },
  actor: null,
  requestId: null,
})

/** Reads a stream event by event. */
async function follow({ call }: TestApp, session: string, headers: Record<string, string> = {}) {
  const response = await call('GET', `/sessions/${session}/events`, {
    headers: { accept: 'text/event-stream', ...headers },
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) throw new Error('the stream has no body')
  onTestFinished(() => reader.cancel())
  let text = ''
  const next = async (): Promise<{ id: number; event: string; data: Record<string, unknown> }> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end < 0) {
        const { value, done } = await reader.read()
        if (done) throw new Error('the stream ended')
        text += value
        continue
      }
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      if (field('data') !== undefined)
        return {
          id: Number(field('id')),
          event: field('event') ?? '',
          data: JSON.parse(field('data') ?? '{}'),
        }
    }
  }
  return { response, next, close: () => reader.cancel() }
}

test('a reader that follows by id misses nothing of twenty writers at once', async () => {
  const api = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders')
  const seen: number[] = []
  let writing = true

  const reader = (async () => {
    let after = 0
    for (;;) {
      const last = !writing
      const events = await listEvents(api.db, sessionId, { after, limit: 500 })
      for (const { id, type, data } of events) {
        after = id
        if (type === 'test.note') seen.push(Number(data.n))
      }
      if (last && events.length === 0) return
    }
  })()
  await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      for (let i = 0; i < 10; i++)
        await api.db.transaction(async (tx) => {
          await appendEvent(tx, note(sessionId, writer * 10 + i))
          // The transaction stays open a while after it has its id, as a commit to a slow disk does.
          await tx.query('select pg_sleep($1)', [Math.random() * 0.004])
        })
    }),
  )
  writing = false
  await reader

  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n))
}, 40_000)

test('a stream tells what happens, and one that comes back with Last-Event-ID misses and repeats nothing', async () => {
  const api = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders')
  const first = await follow(api, 'orders')
  expect(first.response.headers.get('content-type')).toContain('text/event-stream')
  expect(await first.next()).toMatchObject({ event: 'open' })
  await appendEvent(api.db, note(sessionId, 1))
  const one = await first.next()
  await first.close()
  for (const n of [2, 3]) await appendEvent(api.db, note(sessionId, n))

  const second = await follow(api, 'orders', { 'last-event-id': String(one.id) })
  await appendEvent(api.db, note(sessionId, 4))

  expect(one).toMatchObject({ event: 'test.note', data: { data: { n: 1 } } })
  expect(await second.next()).toMatchObject({ event: 'open', data: { after: one.id } })
  const numbers = [await second.next(), await second.next(), await second.next()].map(({ data }) => data.data)
  expect(numbers).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }])
})

test('a stream outlives the loss of the connection that wakes it', async () => {
  const api = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders')
  const stream = await follow(api, 'orders')
  await stream.next()

  await api.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'migration-assistant events'`,
  )
  await appendEvent(api.db, note(sessionId, 1))

  expect(await stream.next()).toMatchObject({ data: { data: { n: 1 } } })
})

test('a stream of one session is silent about another', async () => {
  const api = await startApp()
  await givenSession(api, 'orders')
  const { id: other } = await givenSession(api, 'other')
  const { id: own } = (await (await api.call('GET', '/sessions/orders')).json()) as { id: string }
  const stream = await follow(api, 'orders')
  await stream.next()

  await appendEvent(api.db, note(other, 1))
  await appendEvent(api.db, note(own, 2))

  expect(await stream.next()).toMatchObject({ data: { data: { n: 2 } } })
})

test('pages go forward and backward over the same events, each of its shape', async () => {
  const api = await startApp()
  const { id: sessionId } = await givenSession(api, 'orders')
  for (let n = 0; n < 5; n++) await appendEvent(api.db, note(sessionId, n))
  const read = async (order: string) => {
    const ids: number[] = []
    let cursor = ''
    for (let turn = 0; turn < 10; turn++) {
      const path = `/sessions/orders/events?limit=2&order=${order}${cursor && `&cursor=${cursor}`}`
      const page = (await (await api.call('GET', path)).json()) as Page
      ids.push(...page.items.map((event) => v.parse(SessionEvent, event).id))
      if (page.next === null) break
      cursor = page.next
    }
    return ids
  }

  const [oldest, newest] = [await read('oldest'), await read('newest')]

  expect(oldest).toHaveLength(6)
  expect(newest).toEqual([...oldest].reverse())
})

test('an event is never changed', async () => {
  const api = await startApp()
  await givenSession(api, 'orders')

  await expect(api.db.query(`update event set type = 'other'`)).rejects.toThrow(/never changed/)
})
