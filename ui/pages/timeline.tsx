import { createEffect, createSignal, on, Show } from 'solid-js'
import type { ApiProblem, SessionEvent } from '../api/client.ts'
import { readEvents } from '../api/queries.ts'
import { watchLive } from '../live/live.tsx'
import { toProblem } from '../live/loaded.ts'
import { ApiCall } from '../parts/api-call.tsx'
import { EventList } from '../parts/event-list.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { Skeleton } from '../parts/reading.tsx'

const ENOUGH = 40

/** What happened, newest first, growing at the top while it is watched. */
export function Timeline(props: { session: string; type: string }) {
  const timeline = createTimeline(
    () => props.session,
    () => props.type,
  )
  watchLive({ types: [''], open: () => false, changed: () => {}, event: timeline.add })
  return (
    <>
      <Show when={timeline.problem()}>
        {(problem) => (
          <ProblemCard doing="Cannot read the events" problem={problem()} onRetry={timeline.older} />
        )}
      </Show>
      <Show
        when={timeline.events()}
        fallback={
          <Show when={!timeline.problem()}>
            <Skeleton lines={10} what="the events" />
          </Show>
        }
      >
        {(events) => (
          <EventList
            exact
            session={props.session}
            events={events().filter(({ type }) => type.startsWith(props.type))}
          />
        )}
      </Show>
      <Show when={timeline.next()}>
        <button type="button" class="button" disabled={timeline.busy()} onClick={timeline.older}>
          {timeline.busy() ? 'Reading…' : 'Older'}
        </button>
      </Show>
      <ApiCall call={{ method: 'GET', path: `/sessions/${props.session}/events?order=newest` }} />
    </>
  )
}

/** Reads backwards until there is a screen of events of the wanted kind; new ones are put in front. */
function createTimeline(session: () => string, type: () => string) {
  const [events, setEvents] = createSignal<SessionEvent[]>()
  const [problem, setProblem] = createSignal<ApiProblem>()
  const [next, setNext] = createSignal<string | null>(null)
  const [busy, setBusy] = createSignal(false)

  async function older() {
    if (busy()) return
    setBusy(true)
    try {
      let fitting = 0
      do {
        const page = await readEvents(session(), 500, next() ?? undefined)
        setEvents((before) => [...(before ?? []), ...page.items])
        setNext(page.next)
        fitting += page.items.filter(
          (event) => event.type.startsWith(type()) && event.type !== 'run.progress',
        ).length
      } while (next() && fitting < ENOUGH)
      setProblem(undefined)
    } catch (error) {
      setProblem(toProblem(error))
    } finally {
      setBusy(false)
    }
  }
  createEffect(on([session], () => void older()))
  const add = (event: SessionEvent) =>
    setEvents((before) => (before && !before.some(({ id }) => id === event.id) ? [event, ...before] : before))
  return {
    events,
    problem,
    next,
    busy,
    older: () => void older(),
    add: (event: SessionEvent) => void add(event),
  }
}
