import { useSearchParams } from '@solidjs/router'
import { createEffect, createMemo, createSignal, For, Show } from 'solid-js'
import type { ItemKind, Outcome, OutcomeCounts, Run } from '../../api/client.ts'
import { watchLive } from '../../live/live.tsx'
import { createSubmit } from '../../live/submit.ts'
import { DataTable, type Sort } from '../../parts/data-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ProblemCard } from '../../parts/problem-card.tsx'
import { Skeleton } from '../../parts/reading.tsx'
import { formatNumber } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { isTerminal } from '../../words/states.ts'
import { columnsOf } from './item-columns.tsx'
import { ItemFilters } from './item-filters.tsx'
import { exportRows, keyOf, kinds, order, outcomes, type Search, totalOf } from './item-order.ts'
import { createItems, type Filter, type Row, readRows } from './items.ts'

const SORTED_BY_DEFAULT = 2_000

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

  // The worst come first, unless there are too many to read them all before the first is shown.
  const few = () => totalOf(props.counts) <= SORTED_BY_DEFAULT
  const sort = (): Sort | undefined => {
    const [, minus, key] = /^(-?)(\w+)$/.exec(search.sort ?? '') ?? []
    if (key) return { key, descending: minus === '-' }
    return few() ? { key: 'outcome', descending: false } : undefined
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
      <ItemFilters counts={props.counts} />
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
          minWidth={search.item ? '480px' : '920px'}
          rows={sorted()}
          columns={columnsOf(
            props.run,
            () => (search.beside ? props.beside : undefined),
            beside,
            search.item !== undefined,
          )}
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
