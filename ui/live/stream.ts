// One stream of a session's events: EventSource where it works, and the news that it does not.
import type { SessionEvent } from '../api/client.ts'

export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'polling'
type Listener = { event(event: SessionEvent): void; state(state: LiveState): void }

/** EventSource tells only the types that it is asked for. */
const TYPES = [
  'run.state',
  'run.progress',
  'run.phase',
  'run.log',
  'cluster.tested',
  'config.saved',
  'secret.set',
  'secret.deleted',
  'session.created',
  'session.changed',
  'snapshot.deleted',
]
const LONGEST_WAIT_MS = 30_000

/** Opens the stream and keeps it open until the returned function is called. */
export function openStream(url: string, listener: Listener): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastId = ''
  let failures = 0

  function connect() {
    if (typeof EventSource === 'undefined') return listener.state('polling')
    // The browser sends Last-Event-ID when it comes back by itself; a new source begins where the old one ended.
    source = new EventSource(lastId === '' ? url : `${url}?after=${lastId}`)
    source.addEventListener('open', (event) => {
      if (event instanceof MessageEvent) lastId = event.lastEventId
      failures = 0
      listener.state('live')
    })
    source.addEventListener('error', lost)
    for (const type of TYPES) source.addEventListener(type, told)
  }

  function told(message: MessageEvent<string>) {
    lastId = message.lastEventId
    const event = parse(message.data)
    if (event) listener.event(event)
  }

  /** The browser tries again unless the answer was an error; then it is for us to. */
  function lost() {
    failures++
    listener.state(failures > 2 ? 'polling' : 'reconnecting')
    if (source?.readyState !== EventSource.CLOSED) return
    timer = setTimeout(connect, Math.min(1_000 * 2 ** (failures - 1), LONGEST_WAIT_MS))
  }

  connect()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function parse(text: string): SessionEvent | undefined {
  try {
    return JSON.parse(text) as SessionEvent // written by the API, whose schema this is
  } catch {
    return undefined
  }
}
