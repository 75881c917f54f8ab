// Figures: medians and percentiles, and the rows of the table they are told in.

/** One line of the table. `pass` is null where a figure has no bar. */
export type Row = { name: string; figure: string; bar: string; pass: boolean | null }

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (found === undefined) throw new Error('no values to take a percentile of')
  return found
}

export const median = (values: readonly number[]) => percentile(values, 0.5)

export const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`

/** `median (lowest to highest of n)`: a wide spread says that the machine was busy. */
export function spread(values: readonly number[], digits = 2): string {
  const [low, mid, high] = [Math.min(...values), median(values), Math.max(...values)]
  return `${mid.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)} of ${values.length})`
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, figure, bar, pass }) => [
    name,
    figure,
    bar,
    pass === null ? '' : pass ? 'met' : 'MISSED',
  ])
  return [['measure', 'figure', 'bar', ''], ['---', '---', '---', '---'], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
