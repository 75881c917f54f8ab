// Which items there can be, in which order they stand, and how they leave as a file.
import type { ItemKind, Outcome, OutcomeCounts, Run } from '../../api/client.ts'
import type { Sort } from '../../parts/data-table.tsx'
import { download, toCsv } from '../../words/export.ts'
import { isDryRun } from '../../words/next-step.ts'
import type { Row } from './items.ts'

export const outcomes: Outcome[] = ['failed', 'warning', 'ok', 'skipped']
export const kinds: ItemKind[] = [
  'legacyTemplate',
  'componentTemplate',
  'indexTemplate',
  'ingestPipeline',
  'index',
  'alias',
]
export const keyOf = (row: { kind: string; name: string }) => `${row.kind}:${row.name}`

/** What the address says of the table. */
export type Search = {
  outcome?: string
  kind?: string
  search?: string
  sort?: string
  item?: string
  beside?: string
  run?: string
}

export function order(rows: Row[], sort: Sort | undefined): Row[] {
  if (!sort) return rows
  const values: Record<string, (row: Row) => number | string> = {
    changes: (row) => row.changes,
    outcome: (row) => outcomes.indexOf(row.outcome),
    kind: (row) => kinds.indexOf(row.kind),
    name: (row) => row.name,
  }
  const keys = [values[sort.key], values.kind, values.name].filter((value) => value !== undefined)
  const compare = (a: Row, b: Row) => {
    for (const value of keys) {
      const [x, y] = [value(a), value(b)]
      if (x !== y) return x < y ? -1 : 1
    }
    return 0
  }
  return rows.toSorted((a, b) => (sort.descending ? compare(b, a) : compare(a, b)))
}

export function totalOf(counts: OutcomeCounts | undefined): number {
  return counts ? outcomes.reduce((sum, outcome) => sum + counts[outcome], 0) : Number.POSITIVE_INFINITY
}

export function exportRows(rows: Row[], run: Run, kind: 'csv' | 'json') {
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
