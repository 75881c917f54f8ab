// GET /sessions/:session/events
import { streamSSE } from 'hono/streaming'
import * as v from 'valibot'
import { findLastEventId, listEvents, listEventsBackwards } from '../../shared/db/events.ts'
import { SessionEvent } from '../../shared/domain/access.ts'
import { decodeCursor, encodeCursor, paged } from '../../shared/http/cursor.ts'
import { operation, PageQuery, page, query, route } from '../../shared/http/route.ts'

const Query = v.strictObject({
  ...PageQuery,
  order: v.optional(v.picklist(['oldest', 'newest']), 'oldest'),
  /** For a stream: the id after which to begin; Last-Event-ID goes before it. */
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'Expected an event id'), v.transform(Number))),
})
/** A stream ends after this long and the browser comes back with Last-Event-ID, so a revoked token is noticed. */
const STREAM_MS = 300_000
const PING_MS = 15_000
const BATCH = 500

/** What happened in a session: a page as JSON, or a live stream by `Accept: text/event-stream`. */
export default route().get(
  '/sessions/:session/events',
  operation({
    id: 'eventsList',
    summary: 'Events of a session, as pages or as a stream',
    access: 'viewer',
    returns: {
      200: [page(SessionEvent), { mediaType: 'text/event-stream', description: 'Server-sent events' }],
    },
    headers: { 'Last-Event-ID': 'For a stream: the id of the last event that was seen' },
    problems: ['session_not_found'],
  }),
  query(Query),
  async (c) => {
    const { db, bell, session } = c.var
    const { limit, cursor, order, after } = c.req.valid('query')

    if (!/text\/event-stream/.test(c.req.header('accept') ?? '')) {
      const [key] = decodeCursor(cursor, ['integer']) ?? []
      if (order === 'newest')
        return c.json(paged(await listEventsBackwards(db, session.id, key, limit), limit, ({ id }) => [id]))
      const items = await listEvents(db, session.id, { after: key ?? after ?? 0, limit })
      const last = items.at(-1)
      return c.json({ items, next: items.length === limit && last ? encodeCursor([last.id]) : null })
    }

    const seen = /^\d{1,15}$/.exec(c.req.header('last-event-id') ?? '')?.[0]
    let position = seen === undefined ? (after ?? (await findLastEventId(db, session.id))) : Number(seen)
    return streamSSE(c, async (stream) => {
      const gone = new AbortController()
      stream.onAbort(() => gone.abort())
      const until = Date.now() + STREAM_MS
      await stream.writeSSE({
        event: 'open',
        data: JSON.stringify({ after: position }),
        id: String(position),
        retry: 1_000,
      })
      while (!stream.aborted && Date.now() < until) {
        // The bell is armed before the read, so an event between the two is not slept through.
        const rung = bell.next(session.id, PING_MS, gone.signal)
        const events = await listEvents(db, session.id, { after: position, limit: BATCH })
        for (const event of events) {
          await stream.writeSSE({ id: String(event.id), event: event.type, data: JSON.stringify(event) })
          position = event.id
        }
        if (events.length < BATCH) await rung
        if (events.length === 0) await stream.write(': ping\n\n')
      }
      gone.abort()
    })
  },
)
