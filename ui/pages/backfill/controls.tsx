import { createSignal, Show } from 'solid-js'
import { pauseBackfill, resumeBackfill, stopBackfill } from '../../api/backfill.ts'
import type { BackfillStatus } from '../../api/client.ts'
import { createSubmit } from '../../live/submit.ts'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { ReasonDialog } from '../../parts/reason-dialog.tsx'
import { statusOf } from '../../words/backfill.ts'

/** Pause, resume and stop. Each says what is kept. */
export function Controls(props: { now: BackfillStatus; session: string; onDone: () => void }) {
  const [asking, setAsking] = createSignal<'pause' | 'stop'>()
  const state = () => statusOf(props.now.phase)
  const act = (does: (reason: string) => Promise<unknown>) =>
    createSubmit(async (reason: string) => {
      await does(reason)
      setAsking(undefined)
      props.onDone()
    })
  const pause = act((reason) => pauseBackfill(props.session, reason))
  const resume = act(() => resumeBackfill(props.session))
  const stop = act((reason) => stopBackfill(props.session, reason))
  const stoppable = () => ['Pending', 'Running', 'Paused', 'Unknown'].includes(state())
  return (
    <>
      <Show when={resume.problem()}>
        {(problem) => <ProblemCard doing="Not resumed" problem={problem()} />}
      </Show>
      <Show when={state() === 'Running'}>
        <button type="button" class="button" onClick={() => setAsking('pause')}>
          Pause…
        </button>
      </Show>
      <Show when={state() === 'Paused'}>
        <button
          type="button"
          class="button primary"
          disabled={resume.busy()}
          onClick={() => void resume.run('')}
        >
          {resume.busy() ? 'Resuming…' : 'Resume'}
        </button>
      </Show>
      <Show when={stoppable()}>
        <button type="button" class="button" onClick={() => setAsking('stop')}>
          Stop…
        </button>
      </Show>
      <Show when={state() === 'Stopping'}>
        <button type="button" class="button" disabled>
          Stopping…
        </button>
      </Show>
      <Show when={asking() === 'pause'}>
        <ReasonDialog
          title="Pause the backfill"
          verb="Pause"
          not="Let it run"
          busy={pause.busy()}
          problem={pause.problem()}
          onConfirm={(reason) => void pause.run(reason)}
          onClose={() => setAsking(undefined)}
        >
          <p>
            Workers write their checkpoints, give back what they hold and take nothing new. Everything is
            kept; resume goes on where it was.
          </p>
        </ReasonDialog>
      </Show>
      <Show when={asking() === 'stop'}>
        <ReasonDialog
          title="Stop the backfill"
          verb="Stop the backfill"
          not="Let it run"
          destructive
          busy={stop.busy()}
          problem={stop.problem()}
          onConfirm={(reason) => void stop.run(reason)}
          onClose={() => setAsking(undefined)}
        >
          <ul>
            <li>The run ends. To wait for a while, pause it instead.</li>
            <li>Checkpoints are kept: a new backfill can go on from them and does nothing twice.</li>
            <li>Documents that are on the target stay there. Nothing is deleted.</li>
          </ul>
        </ReasonDialog>
      </Show>
    </>
  )
}
