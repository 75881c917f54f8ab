import { A, useLocation } from '@solidjs/router'
import { Show } from 'solid-js'
import type { Run } from '../../api/client.ts'
import type { Column } from '../../parts/data-table.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { formatNumber } from '../../words/format.ts'
import { isDryRun } from '../../words/next-step.ts'
import { actionWord, kindWords, outcomeLooks } from '../../words/states.ts'
import { keyOf } from './item-order.ts'
import type { Row } from './items.ts'

/** The columns of the items; beside an open panel only the narrow ones. */
export function columnsOf(
  run: Run,
  other: () => Run | undefined,
  beside: () => Map<string, Row> | undefined,
  narrow: boolean,
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
  const columns: Column<Row>[] = [
    { key: 'name', title: 'Name', sortable: true, cell: (row) => <ItemLink row={row} /> },
    { key: 'kind', title: 'Kind', width: '170px', sortable: true, cell: (row) => kindWords[row.kind] },
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
  return narrow ? columns.filter(({ key }) => key !== 'action' && key !== 'changes') : columns
}

function ItemLink(props: { row: Row }) {
  const location = useLocation()
  const href = () => {
    const query = new URLSearchParams(location.search)
    query.set('item', keyOf(props.row))
    return `?${query}`
  }
  return (
    <A href={href()} noScroll class="ellipsis mono item-link" end activeClass="">
      {props.row.name}
    </A>
  )
}
