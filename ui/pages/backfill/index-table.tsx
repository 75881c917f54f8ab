import { useSearchParams } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { BackfillIndex, BackfillStatus } from '../../api/client.ts'
import { type Column, DataTable, type Sort } from '../../parts/data-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { accountFor } from '../../words/backfill.ts'
import { download, toCsv } from '../../words/export.ts'
import { formatNumber, plural } from '../../words/format.ts'
import { Equation } from './equation.tsx'
import { TargetCount } from './target-count.tsx'

const values: Record<string, (index: BackfillIndex) => string | number> = {
  name: ({ name }) => name,
  expected: ({ documents }) => documents.expected ?? -1,
  written: ({ documents }) => documents.written,
  rejected: ({ documents }) => documents.rejected,
  skipped: ({ documents }) => documents.skipped,
  target: ({ target }) => target.count ?? -1,
}

const columnsOf = (open: () => boolean): Column<BackfillIndex>[] => [
  {
    key: 'name',
    title: 'Index',
    sortable: true,
    cell: ({ name, targetName }) => (
      <span class="ellipsis mono" title={targetName === name ? name : `${name} → ${targetName}`}>
        {name}
        <Show when={targetName !== name}>
          <span class="quiet"> → {targetName}</span>
        </Show>
      </span>
    ),
  },
  {
    key: 'expected',
    title: 'Expected',
    width: '120px',
    numeric: true,
    sortable: true,
    cell: ({ documents }) =>
      documents.expected === null ? (
        <span class="quiet">{open() ? 'counting' : 'unknown'}</span>
      ) : (
        formatNumber(documents.expected)
      ),
  },
  {
    key: 'written',
    title: 'Written',
    width: '120px',
    numeric: true,
    sortable: true,
    cell: ({ documents }) => formatNumber(documents.written),
  },
  {
    key: 'rejected',
    title: 'Rejected',
    width: '100px',
    numeric: true,
    sortable: true,
    cell: ({ documents }) => (
      <span classList={{ 'failed-count': documents.rejected > 0 }}>{formatNumber(documents.rejected)}</span>
    ),
  },
  {
    key: 'skipped',
    title: 'Skipped',
    width: '100px',
    numeric: true,
    sortable: true,
    cell: ({ documents }) => formatNumber(documents.skipped),
  },
  {
    key: 'target',
    title: 'On the target',
    width: '210px',
    numeric: true,
    sortable: true,
    cell: ({ target }) => <TargetCount target={target} />,
  },
  {
    key: 'adds',
    title: 'Accounting',
    width: '170px',
    cell: (index) => <Equation of={index} open={open()} />,
  },
]

/** Index by index: what the snapshot has, what became of it, and what the target itself counts. */
export function IndexTable(props: { now: BackfillStatus; session: string; open: boolean }) {
  const [search, setSearch] = useSearchParams<{ sort?: string; search?: string }>()
  const columns = columnsOf(() => props.open)
  const sort = (): Sort | undefined => {
    const [, minus, key] = /^(-?)(\w+)$/.exec(search.sort ?? '') ?? []
    return key && key in values ? { key, descending: minus === '-' } : undefined
  }
  const rows = () => {
    const wanted = (search.search ?? '').toLowerCase()
    const found = props.now.indexes.filter(({ name }) => name.toLowerCase().includes(wanted))
    const by = sort()
    const value = by && values[by.key]
    if (!value) return found
    const sign = by.descending ? -1 : 1
    return found.sort((a, b) => (value(a) < value(b) ? -sign : value(a) > value(b) ? sign : 0))
  }
  return (
    <section aria-labelledby="indexes" class="index-section">
      <h2 id="indexes">Indexes</h2>
      <Show when={!props.open && props.now.indexes.length > 0}>
        <Total indexes={props.now.indexes} />
      </Show>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Search the indexes"
          placeholder="Search by name"
          value={search.search ?? ''}
          onInput={(event) =>
            setSearch({ search: event.currentTarget.value || undefined }, { replace: true })
          }
        />
        <span class="spacer" />
        <For each={['csv', 'json'] as const}>
          {(kind) => (
            <button
              type="button"
              class="button quiet"
              onClick={() => save(props.now.indexes, kind, props.session)}
            >
              <Icon name="download" />
              {kind.toUpperCase()}
            </button>
          )}
        </For>
      </div>
      <DataTable
        caption="Indexes of the backfill"
        minWidth="1040px"
        rows={rows()}
        columns={columns}
        sort={sort()}
        onSort={({ key, descending }) =>
          setSearch({ sort: `${descending ? '-' : ''}${key}` }, { replace: true })
        }
        empty={
          <p class="quiet">
            {props.now.indexes.length > 0
              ? 'No index has this in its name.'
              : 'The plan does not say yet which indexes there are.'}
          </p>
        }
      />
      <p class="quiet number table-foot">{plural(rows().length, 'index', 'indexes')}</p>
    </section>
  )
}

/** The accounting of the whole run as one sentence that can be checked. */
function Total(props: { indexes: BackfillIndex[] }) {
  const sum = () => accountFor(props.indexes)
  return (
    <p class="equation number">
      <strong>{formatNumber(sum().expected)}</strong> expected = {formatNumber(sum().written)} written +{' '}
      {formatNumber(sum().rejected)} rejected + {formatNumber(sum().skipped)} skipped
      <Show when={sum().missing !== 0 && sum().missing !== null}>
        {' '}
        + <strong class="failed-count">{formatNumber(sum().missing)} not accounted for</strong>
      </Show>
    </p>
  )
}

function save(indexes: BackfillIndex[], kind: 'csv' | 'json', session: string) {
  const name = `backfill-${session}.${kind}`
  if (kind === 'json') return download(name, 'application/json', JSON.stringify(indexes, null, 2))
  const header = ['index', 'target', 'expected', 'written', 'rejected', 'skipped', 'count', 'counted at']
  const cells = indexes.map(({ name: index, targetName, documents, target }) => [
    index,
    targetName,
    documents.expected,
    documents.written,
    documents.rejected,
    documents.skipped,
    target.count,
    target.observedAt,
  ])
  return download(name, 'text/csv', toCsv(header, cells))
}
