import { A, useLocation, useSearchParams } from '@solidjs/router'
import { createEffect, createMemo, createSignal, For, Show } from 'solid-js'
import type { ItemKind, Outcome, OutcomeCounts, Run } from '../../api/client.ts'
import { watchLive } from '../../live/live.tsx'
import { createSubmit } from '../../live/submit.ts'
import { type Column, DataTable, type Sort } from '../../parts/data-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Skeleton } from '../../parts/reading.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { download, toCsv } from '../../words/export.ts'
import { formatNumber } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { actionWord, isTerminal, kindWords, outcomeLooks } from '../../words/states.ts'
import { createItems, type Filter, type Row, readRows } from './items.ts'

const outcomes: Outcome[] = ['failed', 'warning', 'ok', 'skipped']
const kinds: ItemKind[] = [
  'legacyTemplate',
  'componentTemplate',
  'indexTemplate',
  'ingestPipeline',
  'index',
  'alias',
]
type Search = {
  outcome?: string
  kind?: string
  search?: string
  sort?: string
  item?: string
  beside?: string
  run?: string
}
const keyOf = (row: { kind: string; name: string }) => `${row.kind}:${row.name}`

/** What a run acted upon. Filters, order and the open item are in the address; another run may stand beside it. */
export function ItemTable(props: { run: Run; counts: OutcomeCounts | undefined; beside: Run | undefined }) {
  const [search, setSearch] = useSearchParams<Search>()
  const filter = createMemo(
    (): Filter => ({
      ...(kinds.includes(search.kind as ItemKind) && { kind: search.kind as ItemKind }),
      ...(outcomes.includes(search.outcome as Outcome) && { outcome: search.outcome as Outcome }),
      ...(search.search && { search: search.search }),
    }),
    undefined,
    { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  )
  const runId = createMemo(() => props.run.id)
  const items = createItems(runId, filter)
  const open = () => !isTerminal(props.run.state)
  watchLive({
    types: ['run.progress', 'run.state'],
    open,
    everyMs: 1_000,
    changed: () => void items.reload(),
  })

  const sort = (): Sort | undefined => {
    const [, minus, key] = /^(-?)(\w+)$/.exec(search.sort ?? '') ?? []
    return key ? { key, descending: minus === '-' } : undefined
  }
  // An order other than the API's is one of all rows, so all of them are read first.
  createEffect(() => sort() && !items.complete() && items.all())
  const sorted = () => order(items.rows() ?? [], sort())
  const beside = createBeside(() => (search.beside ? props.beside : undefined))

  const rest = createSubmit(async (kind: 'csv' | 'json') =>
    exportRows(await readRows(props.run.id, filter()), props.run, kind),
  )
  return (
    <section aria-labelledby="items-title">
      <h2 id="items-title">Items</h2>
      <Filters counts={props.counts} />
      <div class="toolbar">
        <Show when={props.beside}>
          {(other) => (
            <label class="inline-check">
              <input
                type="checkbox"
                checked={search.beside !== undefined}
                onChange={(event) =>
                  setSearch({ beside: event.currentTarget.checked ? '1' : undefined }, { replace: true })
                }
              />
              Show the {isDryRun(other()) ? 'evaluation' : 'migration'} beside it
            </label>
          )}
        </Show>
        <span class="spacer" />
        <For each={['csv', 'json'] as const}>
          {(kind) => (
            <button
              type="button"
              class="button quiet"
              disabled={rest.busy()}
              onClick={() => void rest.run(kind)}
            >
              <Icon name="download" />
              {kind.toUpperCase()}
            </button>
          )}
        </For>
      </div>
      <Show when={rest.problem()}>
        {(problem) => <ProblemCard doing="Not exported" problem={problem()} />}
      </Show>
      <Show when={items.problem()}>
        {(problem) => (
          <ProblemCard
            doing="Cannot read the items"
            problem={problem()}
            onRetry={() => void items.reload()}
          />
        )}
      </Show>
      <Show
        when={items.rows()}
        fallback={
          <Show when={!items.problem()}>
            <Skeleton lines={8} what="the items" />
          </Show>
        }
      >
        <DataTable
          caption="Items of the run"
          minWidth="720px"
          rows={sorted()}
          columns={columnsOf(props.run, () => (search.beside ? props.beside : undefined), beside)}
          sort={sort()}
          onSort={({ key, descending }) =>
            setSearch({ sort: `${descending ? '-' : ''}${key}` }, { replace: true })
          }
          isSelected={(row) => keyOf(row) === search.item}
          onEnd={items.more}
          empty={<p class="quiet">{open() ? 'Nothing yet.' : 'No item fits the filters.'}</p>}
        />
        <p class="quiet number table-foot">
          {formatNumber(sorted().length)} shown{items.complete() ? '' : ', more below'}
        </p>
      </Show>
    </section>
  )
}

function columnsOf(
  run: Run,
  other: () => Run | undefined,
  beside: () => Map<string, Row> | undefined,
): Column<Row>[] {
  const besideColumn: Column<Row> = {
    key: 'beside',
    title: other() && isDryRun(other() as Run) ? 'Evaluated' : 'Migrated',
    width: '130px',
    cell: (row) => {
      const found = () => beside()?.get(keyOf(row))
      return (
        <Show when={found()} fallback={<span class="quiet">{beside() ? 'not there' : '…'}</span>}>
          {(same) => <Chip look={outcomeLooks[same().outcome]} />}
        </Show>
      )
    },
  }
  return [
    { key: 'name', title: 'Name', sortable: true, cell: (row) => <ItemLink row={row} /> },
    { key: 'kind', title: 'Kind', width: '150px', sortable: true, cell: (row) => kindWords[row.kind] },
    {
      key: 'outcome',
      title: isDryRun(run) ? 'Evaluated' : 'Migrated',
      width: '130px',
      sortable: true,
      cell: (row) => <Chip look={outcomeLooks[row.outcome]} />,
    },
    ...(other() ? [besideColumn] : []),
    {
      key: 'action',
      title: 'What',
      width: '34%',
      cell: (row) => (
        <span class="ellipsis" title={row.error ?? row.message ?? ''}>
          {row.error ?? row.message ?? actionWord(row.action, isDryRun(run))}
        </span>
      ),
    },
    {
      key: 'changes',
      title: 'Changes',
      width: '90px',
      sortable: true,
      numeric: true,
      cell: (row) => (row.changes === 0 ? '–' : formatNumber(row.changes)),
    },
  ]
}

function ItemLink(props: { row: Row }) {
  const location = useLocation()
  const href = () => {
    const query = new URLSearchParams(location.search)
    query.set('item', keyOf(props.row))
    return `${location.pathname}?${query}`
  }
  return (
    <A href={href()} noScroll class="ellipsis mono item-link" end activeClass="">
      {props.row.name}
    </A>
  )
}

function Filters(props: { counts: OutcomeCounts | undefined }) {
  const [search, setSearch] = useSearchParams<Search>()
  const total = () =>
    props.counts ? outcomes.reduce((sum, outcome) => sum + (props.counts?.[outcome] ?? 0), 0) : undefined
  let typing: ReturnType<typeof setTimeout> | undefined
  const type = (text: string) => {
    clearTimeout(typing)
    typing = setTimeout(() => setSearch({ search: text || undefined }, { replace: true }), 250)
  }
  return (
    <div class="toolbar">
      <fieldset class="switch" aria-label="Outcome">
        <button
          type="button"
          aria-pressed={!search.outcome}
          onClick={() => setSearch({ outcome: undefined })}
        >
          All{' '}
          <Show when={total() !== undefined}>
            <span class="number">{formatNumber(total())}</span>
          </Show>
        </button>
        <For each={outcomes}>
          {(outcome) => (
            <button
              type="button"
              aria-pressed={search.outcome === outcome}
              onClick={() => setSearch({ outcome })}
            >
              <Icon name={outcomeLooks[outcome].icon} />
              {outcomeLooks[outcome].word}{' '}
              <Show when={props.counts}>
                <span class="number">{formatNumber(props.counts?.[outcome])}</span>
              </Show>
            </button>
          )}
        </For>
      </fieldset>
      <select
        aria-label="Kind"
        onChange={(event) => setSearch({ kind: event.currentTarget.value || undefined })}
      >
        <option value="" selected={!search.kind}>
          Every kind
        </option>
        <For each={kinds}>
          {(kind) => (
            <option value={kind} selected={search.kind === kind}>
              {kindWords[kind]}
            </option>
          )}
        </For>
      </select>
      <input
        type="search"
        aria-label="Search items by name"
        placeholder="Search by name"
        value={search.search ?? ''}
        onInput={(event) => type(event.currentTarget.value.trim())}
      />
    </div>
  )
}

/** The rows of the other run by key, read when they are wanted. */
function createBeside(run: () => Run | undefined) {
  const [rows, setRows] = createSignal<Map<string, Row>>()
  createEffect(() => {
    const id = run()?.id
    setRows(undefined)
    if (id)
      void readRows(id, {}).then(
        (all) => run()?.id === id && setRows(new Map(all.map((row) => [keyOf(row), row]))),
        () => setRows(undefined),
      )
  })
  return rows
}

function order(rows: Row[], sort: Sort | undefined): Row[] {
  if (!sort) return rows
  const value = (row: Row) =>
    sort.key === 'changes'
      ? row.changes
      : sort.key === 'outcome'
        ? outcomes.indexOf(row.outcome)
        : sort.key === 'kind'
          ? row.kind
          : row.name
  const compare = (a: Row, b: Row) => {
    const [x, y] = [value(a), value(b)]
    return x < y ? -1 : x > y ? 1 : 0
  }
  return rows.toSorted((a, b) => (sort.descending ? compare(b, a) : compare(a, b)))
}

function exportRows(rows: Row[], run: Run, kind: 'csv' | 'json') {
  const name = `${isDryRun(run) ? 'evaluation' : 'migration'}-${run.id.slice(0, 8)}.${kind}`
  if (kind === 'json') return download(name, 'application/json', JSON.stringify(rows, null, 2))
  const header = ['kind', 'name', 'outcome', 'action', 'message', 'target error', 'rules', 'changes']
  const cells = rows.map((row) => [
    row.kind,
    row.name,
    row.outcome,
    row.action,
    row.message,
    row.error,
    row.rules.join(' '),
    row.changes,
  ])
  return download(name, 'text/csv', toCsv(header, cells))
}
