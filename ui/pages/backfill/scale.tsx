import { createEffect, createSignal, on, Show } from 'solid-js'
import { type Scale as Change, scaleBackfill } from '../../api/backfill.ts'
import type { BackfillStatus } from '../../api/client.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { formatNumber } from '../../words/format.ts'
import { Knobs } from './knobs.tsx'

const MOST = 256

/** How many workers there are to be. The wish is sent when it is set; the workers follow. */
export function Scale(props: { now: BackfillStatus; session: string; onDone: () => void }) {
  const [wish, setWish] = createSignal<number>()
  const wanted = () => wish() ?? props.now.wantedWorkers ?? 0
  const changed = () => wish() !== undefined && wish() !== props.now.wantedWorkers
  const set = (count: number) => Number.isInteger(count) && setWish(Math.min(MOST, Math.max(0, count)))
  createEffect(
    on(
      () => props.now.wantedWorkers,
      () => setWish(undefined),
      { defer: true },
    ),
  )
  const scale = createSubmit(async (change: Change) => {
    await scaleBackfill(props.session, change)
    announce(change.workers === undefined ? 'Set' : `${formatNumber(change.workers)} workers wanted`)
    setWish(undefined)
    props.onDone()
  })
  return (
    <section aria-labelledby="scale">
      <h2 id="scale">Scale</h2>
      <form
        class="stepper"
        onSubmit={(event) => {
          event.preventDefault()
          void scale.run({ workers: wanted() })
        }}
      >
        <button
          type="button"
          class="button"
          aria-label="One worker fewer"
          disabled={wanted() <= 0}
          onClick={() => set(wanted() - 1)}
        >
          −
        </button>
        <input
          type="number"
          aria-label="Wanted workers"
          min={0}
          max={MOST}
          value={wanted()}
          onInput={(event) => set(event.currentTarget.valueAsNumber)}
        />
        <button
          type="button"
          class="button"
          aria-label="One worker more"
          disabled={wanted() >= MOST}
          onClick={() => set(wanted() + 1)}
        >
          +
        </button>
        <button
          type="submit"
          class="button"
          classList={{ primary: changed() }}
          disabled={!changed() || scale.busy()}
        >
          {scale.busy() ? 'Setting…' : 'Set'}
        </button>
      </form>
      <Knobs run={props.now.run} busy={scale.busy()} onSet={(knobs) => void scale.run(knobs)} />
      <Show when={scale.problem()}>{(problem) => <ProblemCard doing="Not set" problem={problem()} />}</Show>
    </section>
  )
}
