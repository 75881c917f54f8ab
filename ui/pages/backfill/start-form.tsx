import { useSearchParams } from '@solidjs/router'
import { createEffect, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { BackfillStart } from '../../api/backfill.ts'
import type { ApiProblem, BackfillPlan, Run } from '../../api/client.ts'
import { getConfig } from '../../api/queries.ts'
import { getSnapshots } from '../../api/snapshot.ts'
import { createLoaded } from '../../live/loaded.ts'
import { ApiCall } from '../../parts/api-call.tsx'
import { CheckField } from '../../parts/field.tsx'
import { Notice } from '../../parts/notice.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Reading } from '../../parts/reading.tsx'
import { formatMoment, plural } from '../../words/format.ts'
import { SnapshotChoice } from '../snapshot-choice.tsx'
import { type Draft, draftOf, planFrom, planOf, snapshotOf } from './plan.ts'
import { MoreFields, PlanFields } from './plan-fields.tsx'

type Props = {
  session: string
  /** Earlier backfills, newest first. */
  runs: Run[]
  busy: boolean
  problem: ApiProblem | undefined
  onStart: (given: BackfillStart) => void
  onClose: (() => void) | undefined
}

/** The plan of a backfill: everything has a default, so a snapshot is all that must be chosen. */
export function StartForm(props: Props) {
  const config = createLoaded(getConfig, () => [props.session])
  return (
    <Reading of={config} what="the config" lines={10}>
      {(found) => (
        <Plan
          {...props}
          repositories={Object.keys(found().document.repositories ?? {})}
          config={Object(found().document.backfill)}
          selection={found().document.selection}
        />
      )}
    </Reading>
  )
}

type PlanProps = Props & { repositories: string[]; config: Partial<BackfillPlan>; selection: unknown }

function Plan(props: PlanProps) {
  const [search, setSearch] = useSearchParams<{ repository?: string; snapshot?: string }>()
  const [draft, setDraft] = createStore<Draft>(draftOf(props.config))
  const repository = () =>
    props.repositories.find((name) => name === search.repository) ?? props.repositories[0]
  const snapshots = createLoaded(getSnapshots, () => {
    const name = repository()
    return name === undefined ? undefined : [props.session, name]
  })
  const set = <K extends keyof Draft>(key: K, value: Draft[K]) => setDraft(key, () => value)
  const usable = () =>
    snapshots.value()?.items.filter(({ state }) => state === 'SUCCESS' || state === 'PARTIAL') ?? []
  // The one that the address names, or the newest.
  createEffect(() => {
    const found = usable().find(({ name }) => name === search.snapshot) ?? usable()[0]
    set('snapshot', found?.name ?? '')
  })
  const stopped = () => (props.runs[0]?.state === 'Stopped' ? props.runs[0] : undefined)
  const chosen = () => usable().find(({ name }) => name === draft.snapshot)
  const missing = () => (chosen()?.state === 'PARTIAL' ? (chosen()?.shards.failed ?? 0) : 0)
  const resumed = () => (draft.resume ? stopped() : undefined)
  const given = (): BackfillStart => ({
    snapshotRef: resumed()
      ? snapshotOf(resumed())
      : { repository: repository() ?? '', snapshot: draft.snapshot },
    plan: planFrom(draft, props.config, stopped()),
  })
  const ready = () => (resumed() || draft.snapshot) && (missing() === 0 || draft.allowPartial)
  return (
    <form
      class="plan"
      aria-label="Plan a backfill"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready()) props.onStart(given())
      }}
    >
      <h2>Plan a backfill</h2>
      <Show when={stopped()}>
        {(run) => (
          <CheckField
            label={`Go on from the run that was stopped ${formatMoment(run().finishedAt ?? run().updatedAt)}`}
            hint={`From its checkpoints, with the snapshot ${snapshotOf(run()).snapshot} and ${plural(planOf(run()).workers ?? 1, 'worker')}. What it wrote is not written again.`}
            checked={draft.resume}
            onChange={(checked) => set('resume', checked)}
          />
        )}
      </Show>
      <Show when={!resumed()}>
        <SnapshotChoice
          session={props.session}
          repositories={props.repositories}
          repository={repository()}
          snapshots={snapshots}
          usable={usable()}
          chosen={draft.snapshot}
          onRepository={(name) => setSearch({ repository: name, snapshot: undefined }, { replace: true })}
          onSnapshot={(name) => set('snapshot', name)}
        />
      </Show>
      <Show when={!resumed() && missing() > 0}>
        <Notice tone="warn">
          <strong>{plural(missing(), 'shard')} of the source not in this snapshot.</strong> Their documents
          cannot be moved from it.
          <CheckField
            label="Go on without them"
            checked={draft.allowPartial}
            onChange={(checked) => set('allowPartial', checked)}
          />
        </Notice>
      </Show>
      <PlanFields draft={draft} set={set} selection={props.selection} />
      <MoreFields draft={draft} set={set} />
      <Show when={props.problem}>{(problem) => <ProblemCard doing="Not started" problem={problem()} />}</Show>
      <div class="buttons">
        <button type="submit" class="button primary" disabled={props.busy || !ready()}>
          {props.busy
            ? 'Starting…'
            : resumed()
              ? 'Go on'
              : draft.trial
                ? 'Start the trial'
                : 'Start the backfill'}
        </button>
        <Show when={props.onClose}>
          {(close) => (
            <button type="button" class="button" onClick={() => close()()}>
              Cancel
            </button>
          )}
        </Show>
      </div>
      <ApiCall
        title="Start it so"
        call={{ method: 'POST', path: `/sessions/${props.session}/backfill/start`, body: given() }}
      />
    </form>
  )
}
