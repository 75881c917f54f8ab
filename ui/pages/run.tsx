import { A, query, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, For, on, Show } from 'solid-js'
import { may } from '../access/access.ts'
import { api, apiBase, ok } from '../api/client.ts'
import { getRun } from '../api/queries.ts'
import { watchLive } from '../live/live.tsx'
import { createLoaded } from '../live/loaded.ts'
import { announce } from '../parts/announcer.tsx'
import { ApiCall } from '../parts/api-call.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Evidence } from '../parts/evidence.tsx'
import { Icon } from '../parts/icon.tsx'
import { IssueList } from '../parts/issue-list.tsx'
import { Page } from '../parts/page.tsx'
import { Reading } from '../parts/reading.tsx'
import { formatBytes, formatMoment } from '../words/format.ts'
import { isTerminal, statusLooks } from '../words/states.ts'
import { ApprovalInbox } from './approval-inbox.tsx'
import { LogView } from './log-view.tsx'
import { RunSummary, runTitle } from './run-summary.tsx'
import { StopButton } from './stop-button.tsx'
import { WorkflowView } from './workflow-view.tsx'

const getIssues = query(
  (run: string) => ok(api.GET('/runs/{run}/issues', { params: { path: { run }, query: { limit: '200' } } })),
  'run-issues',
)
const getArtifacts = query(
  (run: string) => ok(api.GET('/runs/{run}/artifacts', { params: { path: { run } } })),
  'run-artifacts',
)

/** Everything about one run. */
export default function RunPage() {
  const params = useParams<{ session: string; run: string }>()
  const [, setSearch] = useSearchParams<{ worker?: string }>()
  const run = createLoaded(getRun, () => [params.run])
  const issues = createLoaded(getIssues, () => [params.run])
  const artifacts = createLoaded(getArtifacts, () => [params.run])
  const open = () => !isTerminal(run.value()?.state)
  const mine = (act: () => void) => () => open() && act()
  watchLive({
    types: ['run.'],
    open,
    changed: mine(() => void Promise.all([run.reload(), issues.reload(), artifacts.reload()])),
  })
  createEffect(
    on(
      () => run.value()?.state,
      (now, before) => now && before && now !== before && announce(`The run is ${statusLooks[now].word}`),
    ),
  )
  return (
    <Page
      title={`Run ${params.run.slice(0, 8)} of ${params.session}`}
      heading={
        <Show when={run.value()} fallback="Run">
          {(found) => runTitle(found())}
        </Show>
      }
      percent={open() ? (run.value()?.progress?.percent ?? undefined) : undefined}
      actions={
        <Show when={may('operator') && open() && run.value()}>
          {(found) => <StopButton run={found()} onStopped={() => void run.reload()} />}
        </Show>
      }
    >
      <Reading of={run} what="the run" lines={6}>
        {(found) => (
          <>
            <RunSummary run={found()} session={params.session} />
            <dl class="facts">
              <dt>Run</dt>
              <dd>
                <code>{found().id}</code> <CopyButton quiet text={found().id} label="Copy" />
              </dd>
              <dt>Requested</dt>
              <dd>
                {formatMoment(found().createdAt)} by {found().requestedBy}
              </dd>
              <dt>Started</dt>
              <dd>{found().startedAt ? formatMoment(found().startedAt ?? '') : 'not yet'}</dd>
              <dt>Ended</dt>
              <dd>{found().finishedAt ? formatMoment(found().finishedAt ?? '') : 'not yet'}</dd>
              <dt>Config</dt>
              <dd>
                <A
                  href={`/sessions/${params.session}/configure?view=versions&version=${found().configVersion}`}
                >
                  version {found().configVersion}
                </A>
              </dd>
              <Show when={found().action === 'metadata'}>
                <dt>Items</dt>
                <dd>
                  <A href={`/sessions/${params.session}/metadata?run=${found().id}`}>Review item by item</A>
                </dd>
              </Show>
            </dl>
            <Evidence evidence={found().params} title="Parameters" />
            <Evidence evidence={found().result ?? {}} title="Result" />
          </>
        )}
      </Reading>
      <Show when={open() && run.value()?.waitingFor?.code === 'approval'}>
        <ApprovalInbox session={params.session} onDecided={() => void run.reload()} />
      </Show>
      <Show when={run.value()?.workflow}>
        <WorkflowView
          run={params.run}
          open={open()}
          onWorker={(worker) => setSearch({ worker }, { replace: true })}
        />
      </Show>
      <section aria-labelledby="issues">
        <h2 id="issues">Issues</h2>
        <Reading of={issues} what="the issues" lines={2}>
          {(page) => (
            <Show
              when={page().items.length > 0}
              fallback={<p class="quiet">{open() ? 'None so far.' : 'None.'}</p>}
            >
              <IssueList issues={page().items} />
            </Show>
          )}
        </Reading>
      </section>
      <section aria-labelledby="files">
        <h2 id="files">Files</h2>
        <Reading of={artifacts} what="the files" lines={1}>
          {(page) => (
            <Show
              when={page().items.length > 0}
              fallback={<p class="quiet">{open() ? 'None so far.' : 'None.'}</p>}
            >
              <ul class="files">
                <For each={page().items}>
                  {(file) => (
                    <li>
                      <a href={`${apiBase}${file.href}`} download={file.name} rel="external">
                        <Icon name="download" />
                        {file.name}
                      </a>{' '}
                      <span class="quiet">
                        {formatBytes(file.size)}, {file.mediaType}
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          )}
        </Reading>
      </section>
      <LogView run={params.run} open={open()} />
      <Show when={run.value()}>
        {(found) => (
          <Show when={found().action === 'metadata'}>
            <ApiCall
              call={{
                method: 'POST',
                path: `/sessions/${params.session}/metadata/start`,
                body: found().params,
              }}
              title="Start the same"
            />
          </Show>
        )}
      </Show>
      <ApiCall call={{ method: 'GET', path: `/runs/${params.run}` }} title="Read the run" />
      <ApiCall call={{ method: 'POST', path: `/runs/${params.run}/stop`, body: {} }} title="Stop it" />
    </Page>
  )
}
