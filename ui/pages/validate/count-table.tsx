import { Show } from 'solid-js'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Chip } from '../../parts/state-chip.tsx'
import { type CountRow, checkStatusLooks } from '../../words/checks.ts'
import { download, toCsv } from '../../words/export.ts'
import { formatNumber, plural } from '../../words/format.ts'

const count = (value: number | null) =>
  value === null ? <span class="quiet">unknown</span> : formatNumber(value)

const columns: Column<CountRow>[] = [
  {
    key: 'index',
    title: 'Index',
    cell: ({ index, reasons }) => (
      <span class="ellipsis mono" title={[index, ...reasons].join('\n')}>
        {index}
        <Show when={reasons[0]}>{(reason) => <span class="quiet"> {reason()}</span>}</Show>
      </span>
    ),
  },
  {
    key: 'snapshot',
    title: 'Snapshot',
    width: '130px',
    numeric: true,
    cell: ({ snapshot }) => count(snapshot),
  },
  { key: 'source', title: 'Source now', width: '130px', numeric: true, cell: ({ source }) => count(source) },
  {
    key: 'expected',
    title: 'Expected',
    width: '130px',
    numeric: true,
    cell: ({ expected }) => count(expected),
  },
  { key: 'target', title: 'Target', width: '130px', numeric: true, cell: ({ target }) => count(target) },
  {
    key: 'status',
    title: 'Result',
    width: '130px',
    cell: ({ status }) => <Chip look={checkStatusLooks[status]} />,
  },
]

/** How many documents each side holds, index by index. */
export function CountTable(props: { rows: CountRow[]; session: string }) {
  const save = () => {
    const header = ['index', 'snapshot', 'source', 'expected', 'target', 'result', 'reasons']
    const cells = props.rows.map(({ index, snapshot, source, expected, target, status, reasons }) => [
      index,
      snapshot,
      source,
      expected,
      target,
      status,
      reasons.join('; '),
    ])
    download(`counts-${props.session}.csv`, 'text/csv', toCsv(header, cells))
  }
  return (
    <section aria-labelledby="counts" class="check-section">
      <h2 id="counts">Counts</h2>
      <div class="toolbar">
        <span class="spacer" />
        <button type="button" class="button quiet" onClick={save}>
          <Icon name="download" />
          CSV
        </button>
      </div>
      <DataTable
        caption="Documents by index"
        minWidth="860px"
        rows={props.rows}
        columns={columns}
        empty="No counts."
      />
      <p class="quiet number table-foot">{plural(props.rows.length, 'index', 'indexes')}</p>
    </section>
  )
}
