import { A, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, on, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import { type BackfillStart, getBackfillStatus, startBackfill } from '../../api/backfill.ts'
import type { BackfillStatus } from '../../api/client.ts'
import { getRuns } from '../../api/queries.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { IssueList } from '../../parts/issue-list.tsx'
import { Page } from '../../parts/page.tsx'
import { Reading } from '../../parts/reading.tsx'
import { phaseLooks, statusOf } from '../../words/backfill.ts'
import { isTerminal } from '../../words/states.ts'
import { ApprovalInbox } from '../approval-inbox.tsx'
import { Calls } from './calls.tsx'
import { Controls } from './controls.tsx'
import { Failed } from './failed.tsx'
import { IndexTable } from './index-table.tsx'
import { planOf } from './plan.ts'
import { RateChart } from './rate-chart.tsx'
import { Scale } from './scale.tsx'
import { StartForm } from './start-form.tsx'
import { Summary } from './summary.tsx'
import { TrialCleanUp } from './trial-cleanup.tsx'
import { WorkerList } from './worker-list.tsx'
import './backfill.css'

/** Documents from the snapshot into the target: plan, watch, steer, and see at the end that the accounting adds up. */
export default function BackfillPage() {
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ new?: string }>()
  const status = createLoaded(getBackfillStatus, () => [params.session])
  const runs = createLoaded(getRuns, () => [params.session])
  const phase = () => status.value()?.phase
  const open = () => {
    const now = phase()
    return now !== undefined && !isTerminal(statusOf(now))
  }
  watchLive({
    types: ['run.'],
    open: () => status.value() === undefined || open(),
    everyMs: 500,
    changed: () => void status.reload(),
  })
  createEffect(
    on(phase, (now, before) => {
      if (!now || !before || now === before) return
      announce(`Backfill: ${phaseLooks[now].word}`)
      void runs.reload()
    }),
  )
  const start = createSubmit(async (given: BackfillStart) => {
    await startBackfill(params.session, given)
    setSearch({ new: undefined, repository: undefined, snapshot: undefined })
    await Promise.all([status.reload(), runs.reload()])
  })
  const planning = () => status.value() && !open() && (!status.value()?.run || search.new !== undefined)
  return (
    <Page
      title={`Backfill of ${params.session}`}
      heading="Backfill"
      percent={open() ? (status.value()?.progress.percent ?? undefined) : undefined}
      actions={
        <Show when={may('operator') && status.value()}>
          {(now) => (
            <>
              <Controls now={now()} session={params.session} onDone={() => void status.reload()} />
              <Show when={!open() && now().run && search.new === undefined}>
                <button type="button" class="button" onClick={() => setSearch({ new: '1' })}>
                  New backfill…
                </button>
              </Show>
            </>
          )}
        </Show>
      }
    >
      <Show when={open() && status.value()?.waitingFor?.code === 'approval'}>
        <ApprovalInbox session={params.session} onDecided={() => void status.reload()} />
      </Show>
      <Show when={planning() && may('operator')}>
        <StartForm
          session={params.session}
          runs={runs.value()?.items.filter(({ action }) => action === 'backfill') ?? []}
          busy={start.busy()}
          problem={start.problem()}
          onStart={(given) => void start.run(given)}
          onClose={status.value()?.run ? () => setSearch({ new: undefined }) : undefined}
        />
      </Show>
      <Reading of={status} what="the backfill" lines={12}>
        {(now) => (
          <Show
            when={now().run}
            fallback={
              <Show when={!may('operator')}>
                <p class="quiet">No backfill has been started yet.</p>
              </Show>
            }
          >
            <Live now={now()} session={params.session} open={open()} reload={() => void status.reload()} />
          </Show>
        )}
      </Reading>
      <Calls session={params.session} />
    </Page>
  )
}

function Live(props: { now: BackfillStatus; session: string; open: boolean; reload: () => void }) {
  // Rejected documents have a place of their own.
  const issues = () => props.now.issues.filter(({ code }) => code !== 'documents_rejected')
  return (
    <>
      <Summary now={props.now} session={props.session} />
      <Show when={!props.open && planOf(props.now.run).trial}>
        <TrialCleanUp session={props.session} />
      </Show>
      <Show when={props.open && props.now.run}>
        {(run) => (
          <div class="live-columns">
            <RateChart
              session={props.session}
              run={run().id}
              rate={props.now.progress.documentsPerSecond}
              at={props.now.updatedAt}
            />
            <div class="live-side">
              <Show when={may('operator')}>
                <Scale now={props.now} session={props.session} onDone={props.reload} />
              </Show>
              <WorkerList workers={props.now.workers} wanted={props.now.wantedWorkers} />
            </div>
          </div>
        )}
      </Show>
      <Show when={issues().length > 0}>
        <section aria-labelledby="issues">
          <h2 id="issues">Issues</h2>
          <IssueList issues={issues()} />
        </section>
      </Show>
      <Show when={props.now.progress.documents.failed > 0 || props.now.progress.shards.failed > 0}>
        <Failed now={props.now} session={props.session} open={props.open} onRetried={props.reload} />
      </Show>
      <IndexTable now={props.now} session={props.session} open={props.open} />
      <p class="quiet">
        <A href={`/sessions/${props.session}/runs/${props.now.run?.id}`}>
          Logs, parameters and files of this run
        </A>
      </p>
    </>
  )
}
