import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { SessionEvent } from '../api/client.ts'
import { describeEvent, withoutRepeats } from '../words/events.ts'
import { formatMoment } from '../words/format.ts'
import { Age } from './age.tsx'
import { Chip } from './state-chip.tsx'

/** What happened, newest first: what, by whom, when, and the run it belongs to. */
export function EventList(props: {
  events: SessionEvent[]
  session: string
  most?: number
  exact?: boolean
}) {
  const shown = () => withoutRepeats(props.events).slice(0, props.most)
  return (
    <Show when={shown().length > 0} fallback={<p class="quiet">Nothing has happened yet.</p>}>
      <ol class="events">
        <For each={shown()}>
          {(event) => (
            <li id={`event-${event.id}`}>
              <span class="event-when quiet number">
                <Show when={props.exact} fallback={<Age at={event.at} />}>
                  <time datetime={event.at}>{formatMoment(event.at)}</time>
                </Show>
              </span>
              <Chip look={describeEvent(event).look} />
              <span class="event-text">
                {describeEvent(event).text}
                <Show when={event.runId}>
                  {' '}
                  <A href={`/sessions/${props.session}/runs/${event.runId}`}>
                    run {event.runId?.slice(0, 8)}
                  </A>
                </Show>
              </span>
              <span class="event-who quiet">{event.actor ?? ''}</span>
            </li>
          )}
        </For>
      </ol>
    </Show>
  )
}
