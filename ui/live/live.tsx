import { createContext, createEffect, createSignal, type JSX, on, onCleanup, useContext } from 'solid-js'
import { apiBase, type SessionEvent } from '../api/client.ts'
import { type LiveState, openStream } from './stream.ts'

type Watcher = { changed(): void; event(event: SessionEvent): void; open(): boolean }
type Live = { state(): LiveState; heardAt(): number; watch(watcher: Watcher): () => void }

const LiveContext = createContext<Live>()
const POLL_MS = 5_000
/** A stream may be dead without the browser noticing; while something is open, it is asked now and then. */
const DOUBT_MS = 30_000

/** Live data of one session, for everything below. Where streams are blocked, it asks again every five seconds. */
export function LiveProvider(props: { session: string; children: JSX.Element }) {
  const watchers = new Set<Watcher>()
  const [state, setState] = createSignal<LiveState>('connecting')
  const [heardAt, setHeardAt] = createSignal(Date.now())

  const refresh = (who: (watcher: Watcher) => boolean) => {
    setHeardAt(Date.now())
    for (const watcher of watchers) if (who(watcher)) watcher.changed()
  }

  createEffect(() => {
    const url = `${apiBase}/sessions/${encodeURIComponent(props.session)}/events`
    const close = openStream(url, {
      event(event) {
        setHeardAt(Date.now())
        for (const watcher of watchers) watcher.event(event)
      },
      state: setState,
    })
    onCleanup(close)
  })
  // What happened between the first read of a page and the opening of the stream is read again.
  createEffect(on(state, (now) => now === 'live' && refresh(() => true), { defer: true }))
  createEffect(() => {
    const timer = setInterval(
      () => refresh((watcher) => watcher.open()),
      state() === 'live' ? DOUBT_MS : POLL_MS,
    )
    onCleanup(() => clearInterval(timer))
  })

  const watch = (watcher: Watcher) => {
    watchers.add(watcher)
    return () => watchers.delete(watcher)
  }
  return <LiveContext.Provider value={{ state, heardAt, watch }}>{props.children}</LiveContext.Provider>
}

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('Live data is used outside of a session')
  return live
}

type Watch = {
  /** Which events matter, by the beginning of their type. */
  types: string[]
  /** Whether more is to come; polling ends when it is false. */
  open(): boolean
  /** Reads again. Called at most every `everyMs`, and once more after the last event. */
  changed(): void
  event?(event: SessionEvent): void
  everyMs?: number
}

/** Keeps something on the screen up to date for as long as it is shown. */
export function watchLive(watch: Watch): void {
  const live = useLive()
  const changed = atMostEvery(watch.everyMs ?? 300, watch.changed)
  const stop = live.watch({
    changed: changed.call,
    open: watch.open,
    event(event) {
      if (!watch.types.some((type) => event.type.startsWith(type))) return
      watch.event?.(event)
      changed.call()
    },
  })
  onCleanup(() => {
    stop()
    changed.cancel()
  })
}

function atMostEvery(ms: number, act: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = 0
  const call = () => {
    if (timer) return
    const wait = Math.max(0, last + ms - Date.now())
    timer = setTimeout(() => {
      timer = undefined
      last = Date.now()
      act()
    }, wait)
  }
  return { call, cancel: () => clearTimeout(timer) }
}
