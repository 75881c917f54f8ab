import { createSignal, For, type JSX, Show } from 'solid-js'
import type { ApiProblem } from '../api/client.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'
import { ProblemCard } from './problem-card.tsx'

type Props = {
  title: string
  /** What must be typed: the name of what is destroyed. */
  name: string
  deletes: string[]
  keeps: string[]
  verb: string
  busy: boolean
  problem: ApiProblem | undefined
  children?: JSX.Element
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something is destroyed: says what goes and what stays, and wants the name typed. */
export function NameDialog(props: Props) {
  const [typed, setTyped] = createSignal('')
  const fits = () => typed() === props.name
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (fits()) props.onConfirm()
        }}
      >
        <div class="columns">
          <div>
            <h3>Deleted</h3>
            <ul>
              <For each={props.deletes}>{(line) => <li>{line}</li>}</For>
            </ul>
          </div>
          <div>
            <h3>Not touched</h3>
            <ul>
              <For each={props.keeps}>{(line) => <li>{line}</li>}</For>
            </ul>
          </div>
        </div>
        {props.children}
        <TextField
          label={`Type ${props.name} to confirm`}
          value={typed()}
          onInput={setTyped}
          autocomplete="off"
          mono
        />
        <Show when={props.problem}>{(problem) => <ProblemCard problem={problem()} />}</Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            Cancel
          </button>
          <button type="submit" class="button destructive" disabled={!fits() || props.busy}>
            {props.busy ? 'Working…' : props.verb}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
