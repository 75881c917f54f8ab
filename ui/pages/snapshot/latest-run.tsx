import { A, useSearchParams } from '@solidjs/router'
import { Show } from 'solid-js'
import type { IndexProgress, Run, SnapshotStatus } from '../../api/client.ts'
import type { Loaded } from '../../live/loaded.ts'
import { Age } from '../../parts/age.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { IssueList } from '../../parts/issue-list.tsx'
import { Reading } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatNumber, plural } from '../../words/format.ts'
import { describeBytes, describeEta, indexLooks } from '../../words/snapshots.ts'
import { isTerminal } from '../../words/states.ts'
import { RunSummary } from '../run-summary.tsx'
import { Shards } from './shards.tsx'

/** The run that took, or takes, a snapshot: how far, how fast, index by index. */
export function LatestRun(props: { status: Loaded<SnapshotStatus>; session: string }) {
  return (
    <Reading of={props.status} what="the snapshot" lines={4}>
      {(now) => (
        <Show when={now().run}>{(run) => <OneRun now={now()} run={run()} session={props.session} />}</Show>
      )}
    </Reading>
  )
}

function OneRun(props: { now: SnapshotStatus; run: Run; session: string }) {
  const open = () => !isTerminal(props.now.status)
  const partial = () => props.now.indexes.filter(({ state }) => state === 'partial').length
  return (
    <section class="latest" aria-labelledby="latest-title">
      <h2 id="latest-title">
        {open() ? 'Being taken' : 'Latest run'}: <span class="mono">{String(props.run.params.snapshot)}</span>
      </h2>
      <RunSummary run={props.run} session={props.session} left={describeEta(props.now.eta)} />
      <Show when={open() && props.now.progress}>
        {(progress) => (
          <p class="quiet">
            Read from the source <Age at={progress().updatedAt} />
          </p>
        )}
      </Show>
      <Show when={props.now.indexes.length > 0}>
        <p class="quiet number">
          {plural(props.now.indexes.length, 'index', 'indexes')},{' '}
          {formatNumber(props.now.indexes.filter(({ state }) => state === 'done').length)} done
          <Show when={partial() > 0}>, {formatNumber(partial())} without some shards</Show>
        </p>
        <Indexes indexes={props.now.indexes} run={props.run} open={open()} />
      </Show>
      <Show when={props.now.issues.length > 0}>
        <IssueList issues={props.now.issues} />
      </Show>
      <p class="quiet">
        <A href={`/sessions/${props.session}/runs/${props.run.id}`}>Logs, parameters and files of this run</A>
      </p>
    </section>
  )
}

function Indexes(props: { indexes: IndexProgress[]; run: Run; open: boolean }) {
  const [search, setSearch] = useSearchParams<{ index?: string }>()
  const chosen = () => props.indexes.find(({ name }) => name === search.index)
  return (
    <>
      <DataTable
        caption="Indexes of the snapshot"
        minWidth="620px"
        rows={props.indexes}
        isSelected={(index) => index.name === search.index}
        empty={<p class="quiet">Nothing yet.</p>}
        columns={[
          {
            key: 'name',
            title: 'Index',
            cell: (index) => (
              <button
                type="button"
                class="cell-button mono ellipsis"
                aria-expanded={search.index === index.name}
                onClick={() => setSearch({ index: search.index === index.name ? undefined : index.name })}
              >
                {index.name}
              </button>
            ),
          },
          {
            key: 'state',
            title: 'State',
            width: '130px',
            cell: (index) => <Chip look={indexLooks[index.state]} />,
          },
          {
            key: 'shards',
            title: 'Shards',
            width: '170px',
            numeric: true,
            cell: ({ shards }) => (
              <>
                {formatNumber(shards.done)} of {formatNumber(shards.total)}
                {shards.failed > 0 ? `, ${formatNumber(shards.failed)} failed` : ''}
              </>
            ),
          },
          {
            key: 'bytes',
            title: 'Bytes',
            width: '200px',
            numeric: true,
            cell: (index) => describeBytes(index.bytes),
          },
        ]}
      />
      <Show when={chosen()}>
        {(index) => <Shards run={props.run.id} index={index().name} open={props.open} />}
      </Show>
    </>
  )
}
