import { createSignal, type JSX, Show } from 'solid-js'
import type { ApiProblem } from '../api/client.ts'
import { Dialog } from './dialog.tsx'
import { TextField } from './field.tsx'
import { ProblemCard } from './problem-card.tsx'

type Props = {
  title: string
  verb: string
  /** What the button says that changes nothing. */
  not: string
  destructive?: boolean
  busy: boolean
  problem: ApiProblem | undefined
  /** Says exactly what happens and what is kept. */
  children: JSX.Element
  onConfirm: (reason: string) => void
  onClose: () => void
}

/** Asks before an act that others will ask about, and for the reason of it. */
export function ReasonDialog(props: Props) {
  const [reason, setReason] = createSignal('')
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          props.onConfirm(reason())
        }}
      >
        {props.children}
        <TextField label="Reason" optional value={reason()} onInput={setReason} hint="Kept in the audit." />
        <Show when={props.problem}>{(problem) => <ProblemCard doing="Not done" problem={problem()} />}</Show>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={() => props.onClose()}>
            {props.not}
          </button>
          <button
            type="submit"
            class={props.destructive ? 'button destructive' : 'button primary'}
            disabled={props.busy}
          >
            {props.busy ? 'Working…' : props.verb}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
