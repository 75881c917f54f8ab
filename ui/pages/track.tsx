import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { Chip } from '../parts/state-chip.tsx'
import { formatPercent } from '../words/format.ts'
import type { Step } from '../words/next-step.ts'

/** The steps of a migration, each with how it stands. */
export function Track(props: { steps: Step[]; session: string }) {
  return (
    <ol class="track" aria-label="Steps of the migration">
      <For each={props.steps}>
        {(step) => (
          <li data-tone={step.look.tone}>
            <A href={`/sessions/${props.session}${step.page}`} class="track-step">
              <span class="track-title">{step.title}</span>
              <Chip look={step.look} />
              <span class="quiet track-detail">
                <Show when={step.percent !== null}>
                  <span class="number strong">{formatPercent(step.percent)}</span>{' '}
                </Show>
                {step.detail}
              </span>
            </A>
          </li>
        )}
      </For>
    </ol>
  )
}
