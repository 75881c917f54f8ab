import { A, useParams } from '@solidjs/router'
import { createEffect, createSignal, For, on, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import type { CheckName } from '../../api/client.ts'
import { getChecks, getValidateStatus, startValidation } from '../../api/validate.ts'
import { watchLive } from '../../live/live.tsx'
import { createLoaded } from '../../live/loaded.ts'
import { createSubmit } from '../../live/submit.ts'
import { announce } from '../../parts/announcer.tsx'
import { ApiCall } from '../../parts/api-call.tsx'
import { IssueList } from '../../parts/issue-list.tsx'
import { Page } from '../../parts/page.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Reading } from '../../parts/reading.tsx'
import { countRows, inOrder } from '../../words/checks.ts'
import { isTerminal, statusLooks } from '../../words/states.ts'
import { RunSummary } from '../run-summary.tsx'
import { StopButton } from '../stop-button.tsx'
import { CheckChoice } from './check-choice.tsx'
import { CheckList } from './check-list.tsx'
import { CountTable } from './count-table.tsx'
import { Files } from './files.tsx'
import './validate.css'

/** Know before you start, and prove it afterwards: run the checks, read what they found, take the proof away. */
export default function ValidatePage() {
  const params = useParams<{ session: string }>()
  const status = createLoaded(getValidateStatus, () => [params.session])
  const run = () => status.value()?.run ?? undefined
  const checks = createLoaded(getChecks, () => {
    const id = run()?.id
    return id === undefined ? undefined : [id]
  })
  const [chosen, setChosen] = createSignal<CheckName[]>(['preflight'])
  const open = () => !isTerminal(status.value()?.status)

  watchLive({
    types: ['run.'],
    open,
    changed: () => void Promise.all([status.reload(), checks.reload()]),
  })
  createEffect(
    on(
      () => status.value()?.status,
      (now, before) => now && before && now !== before && announce(`Validation: ${statusLooks[now].word}`),
    ),
  )
  const start = createSubmit(async () => {
    await startValidation(params.session, chosen())
    await status.reload()
  })
  const found = () => inOrder(checks.value() ?? [])
  return (
    <Page
      title={`Validation of ${params.session}`}
      heading="Validate"
      percent={open() ? (status.value()?.progress?.percent ?? undefined) : undefined}
      actions={
        <Show when={may('operator') && open() && run()}>
          {(run) => <StopButton run={run()} onStopped={() => void status.reload()} />}
        </Show>
      }
    >
      <Show when={start.problem()}>{(found) => <ProblemCard doing="Not started" problem={found()} />}</Show>
      <Show when={may('operator') && status.value() && !open()}>
        <CheckChoice
          chosen={chosen()}
          onChoose={setChosen}
          busy={start.busy()}
          again={run() !== undefined}
          onStart={() => void start.run()}
        />
      </Show>
      <Reading of={status} what="the validation" lines={12}>
        {(now) => (
          <Show when={run()} fallback={<Before />}>
            {(run) => (
              <>
                <RunSummary run={run()} session={params.session} />
                <Files artifacts={now().artifacts} />
                <Show when={now().issues.length > 0}>
                  <section aria-labelledby="issues">
                    <h2 id="issues">Issues</h2>
                    <IssueList issues={now().issues} />
                  </section>
                </Show>
                <Show when={checks.value()} fallback={<p class="quiet">Reading the checks…</p>}>
                  <CheckList checks={found()} open={open()} />
                  <Show when={countRows(found()).length > 0}>
                    <CountTable rows={countRows(found())} session={params.session} />
                  </Show>
                </Show>
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
      <For
        each={[
          ['POST', 'start', { checks: chosen() }] as const,
          ['GET', 'latest_status', undefined] as const,
        ]}
      >
        {([method, verb, body]) => (
          <ApiCall
            call={{ method, path: `/sessions/${params.session}/validate/${verb}`, ...(body && { body }) }}
            title={method === 'POST' ? 'Validate' : 'Status'}
          />
        )}
      </For>
    </Page>
  )
}

function Before() {
  return (
    <div class="nothing">
      <p class="strong">Nothing has been validated yet</p>
      <p class="quiet">
        Run the preflight before you start: in a minute it says what would go wrong tonight. After the
        backfill, compare the counts, the metadata and every document.
      </p>
    </div>
  )
}
