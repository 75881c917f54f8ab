// Which indexes a snapshot is to hold. A filter that matches nothing is an error unless that is asked for.
import type { Report } from '../../shared/domain/report.ts'
import { select, unmatched } from '../../shared/domain/selection.ts'
import type { SnapshotParams } from '../../shared/domain/snapshot.ts'
import { ToolFailure } from '../metadata/failure.ts'

type Wish = Pick<SnapshotParams, 'selection' | 'allowEmpty'>

/** The chosen ones of `names`. `where` is what the names are of, for the message. */
export function chooseIndexes(
  names: readonly string[],
  { selection, allowEmpty }: Wish,
  report: Report,
  where: string,
): string[] {
  const missed = unmatched(names, selection)
  const chosen = select(names, selection)
  if (missed.length === 0 && chosen.length > 0) return chosen
  const what = missed.length > 0 ? missed.slice(0, 20).join(', ') : 'the selection'
  const message = `No index of ${where} matches ${what}`
  const evidence = { unmatched: missed.slice(0, 100), indexes: names.length }
  if (!allowEmpty)
    throw new ToolFailure('selection_matches_nothing', message, {
      evidence,
      remedy: 'Correct the selection, or set allowEmpty where this is meant',
    })
  report.issue({
    code: 'selection_matches_nothing',
    severity: 'warning',
    origin: 'user',
    retryable: false,
    scope: null,
    message,
    evidence,
    remedy: null,
  })
  return chosen
}
