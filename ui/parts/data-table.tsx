import { createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'

const ROW = 36
const SPARE = 8
/** Where the height is not known, enough rows for a screen are drawn. */
const SCREEN = 720

export type Column<Row> = {
  key: string
  title: string
  /** A CSS width; the columns without one share what is left. */
  width?: string
  numeric?: boolean
  sortable?: boolean
  cell: (row: Row) => JSX.Element
}
export type Sort = { key: string; descending: boolean }
type Props<Row> = {
  caption: string
  columns: Column<Row>[]
  rows: Row[]
  /** How many rows there are in all, where not all of them are here yet. */
  total?: number
  minWidth?: string
  sort?: Sort
  onSort?: (sort: Sort) => void
  isSelected?: (row: Row) => boolean
  /** The end of the rows came into sight. */
  onEnd?: () => void
  empty: JSX.Element
  /** Stays at the end when rows are added there. */
  follow?: boolean
}

/** A table that draws only the rows in sight, so that ten thousand scroll as ten do. */
export function DataTable<Row>(props: Props<Row>) {
  const [top, setTop] = createSignal(0)
  const [height, setHeight] = createSignal(SCREEN)
  let box: HTMLElement | undefined

  const first = () => Math.max(0, Math.floor(top() / ROW) - SPARE)
  const last = () => Math.min(props.rows.length, Math.ceil((top() + height()) / ROW) + SPARE)
  const visible = () => props.rows.slice(first(), last())

  onMount(() => {
    const watcher = new ResizeObserver(() => box?.clientHeight && setHeight(box.clientHeight))
    if (box) watcher.observe(box)
    onCleanup(() => watcher.disconnect())
  })
  function scrolled() {
    if (!box) return
    setTop(box.scrollTop)
    if (box.scrollTop + box.clientHeight > box.scrollHeight - ROW * SPARE) props.onEnd?.()
  }
  return (
    <Show when={props.rows.length > 0} fallback={<div class="table-empty">{props.empty}</div>}>
      <section class="table-box" ref={box} tabindex={0} aria-label={props.caption} onScroll={scrolled}>
        <table aria-rowcount={(props.total ?? props.rows.length) + 1} style={{ 'min-width': props.minWidth }}>
          <caption class="visually-hidden">{props.caption}</caption>
          <Head columns={props.columns} sort={props.sort} onSort={props.onSort} />
          <tbody onKeyDown={moveByArrow}>
            <Space rows={first()} columns={props.columns.length} />
            <For each={visible()}>
              {(row, at) => (
                <tr
                  aria-rowindex={first() + at() + 2}
                  aria-current={props.isSelected?.(row) ? 'true' : undefined}
                >
                  <For each={props.columns}>
                    {(column) => <td classList={{ number: column.numeric }}>{column.cell(row)}</td>}
                  </For>
                </tr>
              )}
            </For>
            <Space rows={props.rows.length - last()} columns={props.columns.length} />
          </tbody>
        </table>
      </section>
    </Show>
  )
}

function Head<Row>(props: { columns: Column<Row>[]; sort?: Sort; onSort?: (sort: Sort) => void }) {
  const sorted = (key: string) => (props.sort?.key === key ? props.sort : undefined)
  const direction = (key: string) => {
    const sort = sorted(key)
    if (!sort) return undefined
    return sort.descending ? 'descending' : 'ascending'
  }
  return (
    <thead>
      <tr aria-rowindex={1}>
        <For each={props.columns}>
          {(column) => (
            <th
              scope="col"
              style={{ width: column.width }}
              classList={{ number: column.numeric }}
              aria-sort={direction(column.key)}
            >
              <Show when={column.sortable && props.onSort} fallback={column.title}>
                <button
                  type="button"
                  class="sort"
                  onClick={() =>
                    props.onSort?.({ key: column.key, descending: sorted(column.key)?.descending === false })
                  }
                >
                  {column.title}
                  <span aria-hidden="true">
                    {sorted(column.key) ? (sorted(column.key)?.descending ? ' ↓' : ' ↑') : ''}
                  </span>
                </button>
              </Show>
            </th>
          )}
        </For>
      </tr>
    </thead>
  )
}

/** Stands for the rows that are not drawn. */
function Space(props: { rows: number; columns: number }) {
  return (
    <Show when={props.rows > 0}>
      <tr class="table-space" style={{ height: `${props.rows * ROW}px` }}>
        <td colspan={props.columns} />
      </tr>
    </Show>
  )
}

function moveByArrow(event: KeyboardEvent) {
  const step =
    event.key === 'ArrowDown'
      ? 'nextElementSibling'
      : event.key === 'ArrowUp'
        ? 'previousElementSibling'
        : null
  const row = event.target instanceof HTMLElement ? event.target.closest('tr') : null
  if (!step || !row || !(event.target instanceof HTMLAnchorElement)) return
  const link = row[step]?.querySelector('a')
  if (!link) return
  event.preventDefault()
  link.focus()
}
