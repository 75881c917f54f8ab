import { useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { Run } from '../../api/client.ts'
import { formatMoment } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { statusLooks } from '../../words/states.ts'

/** Which of the runs is looked at. */
export function RunChoice(props: { runs: Run[]; shown: Run }) {
  const [, setSearch] = useSearchParams()
  const nameOf = (run: Run) =>
    `${run.retryOf ? 'Retry' : isDryRun(run) ? 'Evaluation' : 'Migration'} · ${formatMoment(run.createdAt)} · ${statusLooks[run.state].word}`
  return (
    <Show when={props.runs.length > 1}>
      <label class="run-choice">
        <span class="quiet">Run</span>
        <select onChange={(event) => setSearch({ run: event.currentTarget.value, item: undefined })}>
          <For each={props.runs}>
            {(run) => (
              <option value={run.id} selected={run.id === props.shown.id}>
                {nameOf(run)}
              </option>
            )}
          </For>
        </select>
      </label>
    </Show>
  )
}
