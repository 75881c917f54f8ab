import { A, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, on, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import type { OutcomeCounts, Run } from '../../api/client.ts'
import { getMetadataStatus, getRuns } from '../../api/queries.ts'
import { retryFailedMetadata, startMetadata } from '../../api/writes.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { ApiCall } from '../../parts/api-call.tsx'
import { IssueList } from '../../parts/issue-list.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Reading } from '../../parts/reading.tsx'
import { plural } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { isTerminal, statusLooks } from '../../words/states.ts'
import { RunSummary } from '../run-summary.tsx'
import { StopButton } from '../stop-button.tsx'
import { ItemPanel } from './item-panel.tsx'
import { ItemTable } from './item-table.tsx'
import { MigrateDialog } from './migrate-dialog.tsx'
import { NotMigrated } from './not-migrated.tsx'
import { RunChoice } from './run-choice.tsx'
import { createReading, SourceChoice } from './source-choice.tsx'
import './metadata.css'

/** Templates, indexes and aliases: evaluate, review item by item, migrate, mend what failed. */
export default function MetadataPage() {
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ run?: string; item?: string }>()
  const status = createLoaded(getMetadataStatus, () => [params.session])
  const runs = createLoaded(getRuns, () => [params.session])
  const [confirming, setConfirming] = createSignal(false)
  const reading = createReading(() => params.session)

  const latest = () => status.value()?.run ?? undefined
  const open = () => !isTerminal(status.value()?.status)
  const metadataRuns = () => runs.value()?.items.filter(({ action }) => action === 'metadata') ?? []
  const shown = () =>
    (latest()?.id === search.run ? undefined : metadataRuns().find(({ id }) => id === search.run)) ?? latest()
  const isLatest = () => shown()?.id === latest()?.id
  const beside = () =>
    metadataRuns().find(
      (run) =>
        run.id !== shown()?.id && isDryRun(run) !== isDryRun(shown() ?? run) && run.finishedAt !== null,
    )
  watchLive({
    types: ['run.'],
    open,
    changed: () => void status.reload(),
    event: (event) => event.type === 'run.state' && void runs.reload(),
  })
  createEffect(
    on(
      () => status.value()?.status,
      (now, before) => now && before && now !== before && announce(`Metadata: ${statusLooks[now].word}`),
    ),
  )

  const begin = (act: () => Promise<Run>) =>
    createSubmit(async () => {
      await act()
      setConfirming(false)
      setSearch({ run: undefined, item: undefined, outcome: undefined })
      await Promise.all([status.reload(), runs.reload()])
    })
  const evaluate = begin(() => startMetadata(params.session, { dryRun: true, ...reading.given() }))
  const migrate = begin(() => startMetadata(params.session, { dryRun: false, ...reading.given() }))
  const retry = begin(() => retryFailedMetadata(params.session))
  const starting = () => evaluate.busy() || migrate.busy() || retry.busy()
  const problem = () => evaluate.problem() ?? retry.problem()
  return (
    <Page
      title={`Metadata of ${params.session}`}
      heading="Metadata"
      percent={open() ? (status.value()?.progress?.percent ?? undefined) : undefined}
      actions={
        <Show when={may('operator') && status.value()}>
          <Show when={open() && latest()}>
            {(run) => <StopButton run={run()} onStopped={() => void status.reload()} />}
          </Show>
          <Show when={!open() && (status.value()?.items.failed ?? 0) > 0}>
            <button type="button" class="button" disabled={starting()} onClick={() => void retry.run()}>
              {retry.busy()
                ? 'Starting…'
                : `Retry ${plural(status.value()?.items.failed ?? 0, 'failed item')}`}
            </button>
          </Show>
          <button
            type="button"
            class="button"
            classList={{ primary: !latest() }}
            disabled={starting() || open() || !reading.ready()}
            onClick={() => void evaluate.run()}
          >
            {evaluate.busy() ? 'Starting…' : latest() ? 'Evaluate again' : 'Evaluate'}
          </button>
          <button
            type="button"
            class="button"
            classList={{ primary: latest() !== undefined }}
            disabled={starting() || open() || !reading.ready()}
            onClick={() => setConfirming(true)}
          >
            Migrate…
          </button>
        </Show>
      }
    >
      <Show when={may('operator') && !open()}>
        <SourceChoice session={params.session} reading={reading} />
      </Show>
      <Show when={problem()}>{(found) => <ProblemCard doing="Not started" problem={found()} />}</Show>
      <Reading of={status} what="the metadata" lines={12}>
        {(now) => (
          <Show when={shown()} fallback={<Before />}>
            {(run) => (
              <>
                <RunChoice runs={metadataRuns()} shown={run()} />
                <RunSummary run={run()} session={params.session} />
                <Show when={isLatest() && now().issues.length > 0}>
                  <section aria-labelledby="issues">
                    <h2 id="issues">Issues</h2>
                    <IssueList issues={now().issues} />
                  </section>
                </Show>
                <div class="items-and-panel" classList={{ 'with-panel': search.item !== undefined }}>
                  <ItemTable
                    run={run()}
                    counts={isLatest() ? now().items : countsOf(run())}
                    beside={beside()}
                  />
                  <Show when={search.item}>{(item) => <ItemPanel run={run()} item={item()} />}</Show>
                </div>
                <NotMigrated run={run()} />
                <p class="quiet after">
                  <A href={`/sessions/${params.session}/runs/${run().id}`}>
                    Logs, parameters and files of this run
                  </A>
                </p>
              </>
            )}
          </Show>
        )}
      </Reading>
      <ApiCall
        call={{
          method: 'POST',
          path: `/sessions/${params.session}/metadata/start`,
          body: { dryRun: true, ...reading.given() },
        }}
        title="Evaluate"
      />
      <ApiCall
        call={{
          method: 'POST',
          path: `/sessions/${params.session}/metadata/start`,
          body: { dryRun: false, ...reading.given() },
        }}
        title="Migrate"
      />
      <ApiCall
        call={{ method: 'GET', path: `/sessions/${params.session}/metadata/latest_status` }}
        title="Status"
      />
      <Show when={confirming()}>
        <MigrateDialog
          session={params.session}
          snapshot={reading.snapshotRef()?.snapshot}
          latest={latest()}
          counts={status.value()?.items}
          busy={migrate.busy()}
          problem={migrate.problem()}
          onConfirm={() => void migrate.run()}
          onClose={() => setConfirming(false)}
        />
      </Show>
    </Page>
  )
}

function Before() {
  return (
    <div class="nothing">
      <p class="strong">Nothing has run yet</p>
      <p class="quiet">
        Evaluate first: it reads the source, or a snapshot of it, and the target, writes nothing, and says of
        every template, index and alias what a migration would do.
      </p>
    </div>
  )
}

/** The sums of an ended run, from its result; unknown where it has none. */
function countsOf(run: Run): OutcomeCounts | undefined {
  const items = run.result?.items
  if (typeof items !== 'object' || items === null) return undefined
  const sum = { ok: 0, skipped: 0, warning: 0, failed: 0 }
  for (const counts of Object.values(items as Record<string, OutcomeCounts>)) // the shape of MetadataResult
    for (const key of ['ok', 'skipped', 'warning', 'failed'] as const) sum[key] += counts[key]
  return sum
}
