import { For } from 'solid-js'
import type { CheckName } from '../../api/client.ts'
import { checkChoices } from '../../words/checks.ts'

type Props = {
  chosen: CheckName[]
  onChoose: (checks: CheckName[]) => void
  busy: boolean
  /** Whether there was a validation before. */
  again: boolean
  onStart: () => void
}

/** Which questions are asked, and the button that asks them. */
export function CheckChoice(props: Props) {
  const toggle = (name: CheckName, on: boolean) =>
    props.onChoose(
      checkChoices
        .map((choice) => choice.name)
        .filter((each) => (each === name ? on : props.chosen.includes(each))),
    )
  return (
    <form
      class="check-choice"
      onSubmit={(event) => {
        event.preventDefault()
        props.onStart()
      }}
    >
      <fieldset>
        <legend>What is to be checked</legend>
        <For each={checkChoices}>
          {(choice) => (
            <label class="check-option">
              <input
                type="checkbox"
                checked={props.chosen.includes(choice.name)}
                onChange={(event) => toggle(choice.name, event.currentTarget.checked)}
              />
              <span>
                <span class="strong">{choice.title}</span> <span class="quiet">{choice.why}</span>
              </span>
            </label>
          )}
        </For>
      </fieldset>
      <button type="submit" class="button primary" disabled={props.busy || props.chosen.length === 0}>
        {props.busy ? 'Starting…' : props.again ? 'Validate again' : 'Validate'}
      </button>
    </form>
  )
}
