import { createSignal, Show } from 'solid-js'
import { api, ok, type Run } from '../api/client.ts'
import { createSubmit } from '../live/submit.ts'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { ProblemCard } from '../parts/problem-card.tsx'

/** Stops a run, after saying what stays. */
export function StopButton(props: { run: Run; onStopped: () => void }) {
  const [open, setOpen] = createSignal(false)
  const [reason, setReason] = createSignal('')
  const stop = createSubmit(async () => {
    const body = reason() ? { reason: reason() } : {}
    await ok(api.POST('/runs/{run}/stop', { params: { path: { run: props.run.id } }, body }))
    setOpen(false)
    props.onStopped()
  })
  return (
    <>
      <button
        type="button"
        class="button"
        disabled={props.run.state === 'Stopping'}
        onClick={() => setOpen(true)}
      >
        {props.run.state === 'Stopping' ? 'Stopping…' : 'Stop…'}
      </button>
      <Show when={open()}>
        <Dialog title="Stop the run" onClose={() => setOpen(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              void stop.run()
            }}
          >
            <p>What was done stays done. A later start goes on and does nothing twice.</p>
            <TextField
              label="Reason"
              optional
              value={reason()}
              onInput={setReason}
              hint="Kept in the audit."
            />
            <Show when={stop.problem()}>
              {(problem) => <ProblemCard doing="Not stopped" problem={problem()} />}
            </Show>
            <div class="dialog-foot">
              <button type="button" class="button" onClick={() => setOpen(false)}>
                Let it run
              </button>
              <button type="submit" class="button destructive" disabled={stop.busy()}>
                {stop.busy() ? 'Stopping…' : 'Stop the run'}
              </button>
            </div>
          </form>
        </Dialog>
      </Show>
    </>
  )
}
