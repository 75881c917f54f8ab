// The difference of two texts by lines: what stays, goes and comes, in order.
export type DiffLine = { kind: 'same' | 'removed' | 'added'; text: string; before?: number; after?: number }

/** Beyond this many pairs of lines the middle is told as replaced, so that a page never hangs. */
const MOST_PAIRS = 4_000_000

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n')
  const b = after.split('\n')
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const middle = diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return number([...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)])
}

/** The longest common subsequence, from a table of the lengths of its tails. */
function diffMiddle(a: string[], b: string[]): DiffLine[] {
  const gone = (text: string): DiffLine => ({ kind: 'removed', text })
  const come = (text: string): DiffLine => ({ kind: 'added', text })
  if (a.length * b.length > MOST_PAIRS) return [...a.map(gone), ...b.map(come)]
  const width = b.length + 1
  const tails = new Uint32Array((a.length + 1) * width)
  const tail = (i: number, j: number) => tails[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      tails[i * width + j] = a[i] === b[j] ? tail(i + 1, j + 1) + 1 : Math.max(tail(i + 1, j), tail(i, j + 1))
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' })
      i++
      j++
    } else if (tail(i + 1, j) >= tail(i, j + 1)) lines.push(gone(a[i++] ?? ''))
    else lines.push(come(b[j++] ?? ''))
  }
  return [...lines, ...a.slice(i).map(gone), ...b.slice(j).map(come)]
}

function number(lines: DiffLine[]): DiffLine[] {
  let [before, after] = [0, 0]
  return lines.map((line) => ({
    ...line,
    ...(line.kind === 'added' ? {} : { before: ++before }),
    ...(line.kind === 'removed' ? {} : { after: ++after }),
  }))
}

/** The lines with long equal stretches folded away, all but `context` lines around a change. */
export function foldSame(lines: DiffLine[], context = 3): (DiffLine | { kind: 'fold'; lines: DiffLine[] })[] {
  const near = new Uint8Array(lines.length)
  lines.forEach(({ kind }, at) => {
    if (kind !== 'same') near.fill(1, Math.max(0, at - context), Math.min(lines.length, at + context + 1))
  })
  const folded: (DiffLine | { kind: 'fold'; lines: DiffLine[] })[] = []
  lines.forEach((line, at) => {
    const last = folded.at(-1)
    if (near[at]) folded.push(line)
    else if (last?.kind === 'fold') last.lines.push(line)
    else folded.push({ kind: 'fold', lines: [line] })
  })
  return folded
}
