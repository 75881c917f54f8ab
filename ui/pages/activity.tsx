import { query, useParams, useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { api, ok } from '../api/client.ts'
import { createLoaded } from '../live/loaded.ts'
import { ApiCall } from '../parts/api-call.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { Page } from '../parts/page.tsx'
import { Reading } from '../parts/reading.tsx'
import { formatMoment } from '../words/format.ts'
import { Timeline } from './timeline.tsx'

const groups: [key: string, word: string][] = [
  ['', 'Everything'],
  ['run.', 'Runs'],
  ['config.', 'Config'],
  ['cluster.', 'Connections'],
  ['secret.', 'Secrets'],
  ['session.', 'Session'],
]

const getAudit = query(
  (session: string) => ok(api.GET('/audit', { params: { query: { session, limit: '500' } } })),
  'audit',
)

/** The timeline of a session: what happened, who did what. */
export default function ActivityPage() {
  const params = useParams<{ session: string }>()
  const [search, setSearch] = useSearchParams<{ type?: string; view?: string }>()
  const audit = () => search.view === 'audit'
  return (
    <Page title={`Activity of ${params.session}`} heading="Activity">
      <div class="toolbar">
        <fieldset class="switch" aria-label="View">
          <button type="button" aria-pressed={!audit()} onClick={() => setSearch({ view: undefined })}>
            What happened
          </button>
          <button type="button" aria-pressed={audit()} onClick={() => setSearch({ view: 'audit' })}>
            Who asked for what
          </button>
        </fieldset>
        <Show when={!audit()}>
          <select
            aria-label="Kind of event"
            onChange={(event) => setSearch({ type: event.currentTarget.value || undefined })}
          >
            <For each={groups}>
              {([key, word]) => (
                <option value={key} selected={key === (search.type ?? '')}>
                  {word}
                </option>
              )}
            </For>
          </select>
        </Show>
      </div>
      <Show when={audit()} fallback={<Timeline session={params.session} type={search.type ?? ''} />}>
        <Audit session={params.session} />
      </Show>
    </Page>
  )
}

function Audit(props: { session: string }) {
  const audit = createLoaded(getAudit, () => [props.session])
  return (
    <>
      <Reading of={audit} what="the audit" lines={10}>
        {(page) => (
          <DataTable
            caption="Audit entries"
            minWidth="760px"
            rows={page().items}
            empty={<p class="quiet">Nobody has asked for anything yet.</p>}
            columns={[
              {
                key: 'at',
                title: 'When',
                width: '180px',
                cell: (entry) => <span class="number">{formatMoment(entry.at)}</span>,
              },
              {
                key: 'actor',
                title: 'Who',
                width: '120px',
                cell: (entry) => <span class="ellipsis">{entry.actor}</span>,
              },
              {
                key: 'operation',
                title: 'What',
                cell: (entry) => (
                  <span class="ellipsis mono" title={`${entry.method} ${entry.path}`}>
                    {entry.operation} {entry.reason ? `“${entry.reason}”` : ''}
                  </span>
                ),
              },
              { key: 'address', title: 'From', width: '120px', cell: (entry) => entry.address ?? 'unknown' },
              {
                key: 'status',
                title: 'Answer',
                width: '140px',
                cell: (entry) => (
                  <span class="ellipsis">
                    {entry.status ?? 'unknown'} {entry.code ?? ''}
                  </span>
                ),
              },
              {
                key: 'request',
                title: 'Request',
                width: '110px',
                cell: (entry) => <code title={entry.requestId}>{entry.requestId.slice(0, 8)}</code>,
              },
            ]}
          />
        )}
      </Reading>
      <ApiCall call={{ method: 'GET', path: `/audit?session=${props.session}` }} />
    </>
  )
}
