import { A, useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import { may } from '../../access/access.ts'
import type { SnapshotSummary } from '../../api/client.ts'
import type { getConfig } from '../../api/queries.ts'
import type { Loaded } from '../../live/loaded.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Reading } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatMoment, formatNumber, plural } from '../../words/format.ts'
import { describeTook, isUsable, snapshotLooks } from '../../words/snapshots.ts'
import { SnapshotPanel } from './snapshot-panel.tsx'

type Props = {
  session: string
  config: Loaded<Awaited<ReturnType<typeof getConfig>>>
  names: string[]
  repository: string | undefined
  snapshots: Loaded<{ items: SnapshotSummary[]; next: string | null }>
  /** The name of the snapshot that is being taken. */
  busyWith: string | undefined
  onRepository: (name: string) => void
  onDelete: (name: string) => void
}

/** What is in the repository, read from its own files. */
export function RepositoryRoom(props: Props) {
  return (
    <Reading of={props.config} what="the config" lines={4}>
      {() => (
        <Show when={props.repository} fallback={<NoRepository session={props.session} />}>
          {(repository) => (
            <section aria-labelledby="repository-title" class="repository">
              <div class="toolbar">
                <h2 id="repository-title">In the repository</h2>
                <Show when={props.names.length > 1} fallback={<span class="mono quiet">{repository()}</span>}>
                  <select
                    aria-label="Repository"
                    value={repository()}
                    onChange={(event) => props.onRepository(event.currentTarget.value)}
                  >
                    <For each={props.names}>{(name) => <option value={name}>{name}</option>}</For>
                  </select>
                </Show>
                <span class="spacer" />
                <button type="button" class="button quiet" onClick={() => void props.snapshots.reload()}>
                  Read again
                </button>
              </div>
              <Reading of={props.snapshots} what="the repository" lines={6}>
                {(page) => <SnapshotTable {...props} items={page().items} more={page().next !== null} />}
              </Reading>
            </section>
          )}
        </Show>
      )}
    </Reading>
  )
}

function NoRepository(props: { session: string }) {
  return (
    <div class="nothing">
      <p class="strong">No repository is configured</p>
      <p class="quiet">A snapshot lives in a repository: a shared folder, or a bucket of an S3 store.</p>
      <A class="button primary" href={`/sessions/${props.session}/configure`}>
        Name a repository
      </A>
    </div>
  )
}

function SnapshotTable(props: Props & { items: SnapshotSummary[]; more: boolean }) {
  const [search, setSearch] = useSearchParams<{ snapshot?: string }>()
  const chosen = () => props.items.find(({ name }) => name === search.snapshot)
  return (
    <>
      <DataTable
        caption="Snapshots in the repository"
        minWidth="980px"
        rows={props.items}
        isSelected={({ name }) => name === search.snapshot}
        empty={<p class="quiet">The repository can be read and holds no snapshot yet.</p>}
        columns={[
          {
            key: 'name',
            title: 'Snapshot',
            cell: ({ name }) => (
              <button
                type="button"
                class="cell-button mono ellipsis"
                aria-expanded={search.snapshot === name}
                onClick={() => setSearch({ snapshot: search.snapshot === name ? undefined : name })}
              >
                {name}
              </button>
            ),
          },
          {
            key: 'state',
            title: 'State',
            width: '130px',
            cell: ({ state }) => <Chip look={snapshotLooks[state]} />,
          },
          { key: 'version', title: 'Version', width: '90px', cell: ({ version }) => version ?? 'unknown' },
          {
            key: 'indexes',
            title: 'Indexes',
            width: '90px',
            numeric: true,
            cell: ({ indexes }) => formatNumber(indexes.length),
          },
          {
            key: 'shards',
            title: 'Shards',
            width: '120px',
            numeric: true,
            cell: ({ shards }) =>
              shards.total === null
                ? 'unknown'
                : `${formatNumber(shards.successful)} of ${formatNumber(shards.total)}`,
          },
          {
            key: 'taken',
            title: 'Taken',
            width: '190px',
            cell: ({ startedAt }) => (startedAt ? formatMoment(startedAt) : 'unknown'),
          },
          { key: 'took', title: 'Took', width: '100px', numeric: true, cell: describeTook },
          {
            key: 'acts',
            title: 'Actions',
            width: '230px',
            cell: (snapshot) => <Acts {...props} snapshot={snapshot} />,
          },
        ]}
      />
      <p class="quiet number table-foot">
        {plural(props.items.length, 'snapshot')}, newest first{props.more ? '; older ones are not shown' : ''}
      </p>
      <Show when={chosen()}>{(snapshot) => <SnapshotPanel snapshot={snapshot()} />}</Show>
    </>
  )
}

function Acts(props: Props & { snapshot: SnapshotSummary }) {
  const query = () =>
    new URLSearchParams({ repository: props.snapshot.repository, snapshot: props.snapshot.name })
  return (
    <span class="row-acts">
      <Show when={isUsable(props.snapshot)}>
        <A class="button quiet" href={`/sessions/${props.session}/backfill?new=1&${query()}`}>
          Use for backfill<span class="visually-hidden"> {props.snapshot.name}</span>
        </A>
      </Show>
      <Show when={may('admin')}>
        <button
          type="button"
          class="button quiet"
          aria-label={`Delete ${props.snapshot.name}`}
          disabled={props.busyWith === props.snapshot.name}
          onClick={() => props.onDelete(props.snapshot.name)}
        >
          Delete…
        </button>
      </Show>
    </span>
  )
}
