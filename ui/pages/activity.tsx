import { query, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, For, on, Show } from 'solid-js'
import { type ApiProblem, api, ok, type SessionEvent } from '../api/client.ts'
import { readEvents } from '../api/queries.ts'
import { watchLive } from '../live/live.tsx'
import { createLoaded, toProblem } from '../live/loaded.ts'
import { ApiCall } from '../parts/api-call.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { EventList } from '../parts/event-list.tsx'
import { Page } from '../parts/page.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { Reading, Skeleton } from '../parts/reading.tsx'
import { formatMoment } from '../words/format.ts'

const groups: [key: string, word: string][] = [
  ['', 'Everything'],
  ['run.', 'Runs'],
  ['config.', 'Config'],
  ['cluster.', 'Connections'],
  ['secret.', 'Secrets'],
  ['session.', 'Session'],
]
const ENOUGH = 40

const getAudit = query(
  (session: string) => ok(api.GET('/audit', { params: { query: { session, limit: '500' } } })),
  'audit',
)

/** The timeline of a session: what happened, who did what. */
export default function ActivityPage() {
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ type?: string; view?: string }>()
  const audit = () => search.view === 'audit'
  return (
    <Page title={`Activity of ${params.session}`} heading="Activity">
      <div class="toolbar">
        <fieldset class="switch" aria-label="View">
          <button type="button" aria-pressed={!audit()} onClick={() => setSearch({ view: undefined })}>
            What happened
          </button>
          <button type="button" aria-pressed={audit()} onClick={() => setSearch({ view: 'audit' })}>
            Who asked for what
          </button>
        </fieldset>
        <Show when={!audit()}>
          <select
            aria-label="Kind of event"
            onChange={(event) => setSearch({ type: event.currentTarget.value || undefined })}
          >
            <For each={groups}>
              {([key, word]) => (
                <option value={key} selected={key === (search.type ?? '')}>
                  {word}
                </option>
              )}
            </For>
          </select>
        </Show>
      </div>
      <Show when={audit()} fallback={<Timeline session={params.session} type={search.type ?? ''} />}>
        <Audit session={params.session} />
      </Show>
    </Page>
  )
}

function Timeline(props: { session: string; type: string }) {
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

function Audit(props: { session: string }) {
  const audit = createLoaded(getAudit, () => [props.session])
  return (
    <>
      <Reading of={audit} what="the audit" lines={10}>
        {(page) => (
          <DataTable
            caption="Audit entries"
            minWidth="760px"
            rows={page().items}
            empty={<p class="quiet">Nobody has asked for anything yet.</p>}
            columns={[
              {
                key: 'at',
                title: 'When',
                width: '180px',
                cell: (entry) => <span class="number">{formatMoment(entry.at)}</span>,
              },
              {
                key: 'actor',
                title: 'Who',
                width: '120px',
                cell: (entry) => <span class="ellipsis">{entry.actor}</span>,
              },
              {
                key: 'operation',
                title: 'What',
                cell: (entry) => (
                  <span class="ellipsis mono" title={`${entry.method} ${entry.path}`}>
                    {entry.operation} {entry.reason ? `“${entry.reason}”` : ''}
                  </span>
                ),
              },
              { key: 'address', title: 'From', width: '120px', cell: (entry) => entry.address ?? 'unknown' },
              {
                key: 'status',
                title: 'Answer',
                width: '140px',
                cell: (entry) => (
                  <span class="ellipsis">
                    {entry.status ?? 'unknown'} {entry.code ?? ''}
                  </span>
                ),
              },
              {
                key: 'request',
                title: 'Request',
                width: '110px',
                cell: (entry) => <code title={entry.requestId}>{entry.requestId.slice(0, 8)}</code>,
              },
            ]}
          />
        )}
      </Reading>
      <ApiCall call={{ method: 'GET', path: `/audit?session=${props.session}` }} />
    </>
  )
}
