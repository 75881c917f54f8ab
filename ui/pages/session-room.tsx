import { A, type RouteSectionProps, useParams } from '@solidjs/router'
import { type JSX, Show, Suspense } from 'solid-js'
import { getSession } from '../api/queries.ts'
import { LiveProvider, watchLive } from '../live/live.tsx'
import { createLoaded } from '../live/loaded.ts'
import { Icon } from '../parts/icon.tsx'
import { LiveIndicator } from '../parts/live-indicator.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'
import { Skeleton } from '../parts/reading.tsx'
import './pages.css'

/** What surrounds every page of one session: its name, its ways, and the live data that all of them share. */
export default function SessionRoom(props: RouteSectionProps) {
  const params = useParams<{ session: string }>()
  return (
    <Show when={params.session} keyed>
      {(session) => (
        <LiveProvider session={session}>
          <Inside session={session}>{props.children}</Inside>
        </LiveProvider>
      )}
    </Show>
  )
}

function Inside(props: { session: string; children?: JSX.Element }) {
  const session = createLoaded(getSession, () => [props.session])
  watchLive({ types: ['session.', 'config.'], open: () => false, changed: () => void session.reload() })
  const base = () => `/sessions/${props.session}`
  return (
    <>
      <div class="session-bar">
        <div class="session-title">
          <A href="/" class="quiet">
            Sessions
          </A>
          <Icon name="chevron" />
          <A href={base()} end class="strong">
            {props.session}
          </A>
          <Show when={session.value()?.archivedAt}>
            <span class="quiet">(archived)</span>
          </Show>
        </div>
        <nav aria-label="Session" class="tabs">
          <A href={base()} end>
            Overview
          </A>
          <A href={`${base()}/configure`}>Configure</A>
          <A href={`${base()}/snapshot`}>Snapshot</A>
          <A href={`${base()}/metadata`}>Metadata</A>
          <A href={`${base()}/backfill`}>Backfill</A>
          <A href={`${base()}/validate`}>Validate</A>
          <A href={`${base()}/activity`}>Activity</A>
        </nav>
        <LiveIndicator />
      </div>
      <Show
        when={session.value() || session.problem()?.status !== 404}
        fallback={<Show when={session.problem()}>{(problem) => <ProblemCard problem={problem()} />}</Show>}
      >
        <Suspense fallback={<Skeleton lines={8} what="the page" />}>{props.children}</Suspense>
      </Show>
    </>
  )
}
