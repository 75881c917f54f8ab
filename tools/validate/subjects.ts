// Which indexes a validation is about, and what they are called on the target.
import { listIndexes } from '../../shared/cluster/indexes.ts'
import type { IndexSummary } from '../../shared/domain/cluster.ts'
import { select, unmatched } from '../../shared/domain/selection.ts'
import type { BackfilledIndex } from '../../shared/domain/validate.ts'
import { ToolFailure } from '../rfs/failure.ts'
import type { OpenSnapshot, Work } from './work.ts'

export type Subject = {
  name: string
  targetName: string
  /** What the last backfill says of it; null where it was no part of it. */
  backfilled: BackfilledIndex | null
  /** Null where the source does not have it, or there is no source to ask. */
  source: IndexSummary | null
  /** Null where the target does not have it. */
  target: IndexSummary | null
  inSnapshot: boolean
}

export type Subjects = {
  all: Subject[]
  snapshot: OpenSnapshot | null
  /** Indexes of the target that the selection means and the other side does not have. */
  onlyOnTarget: string[]
}

/** Throws where a pattern means nothing, unless the plan allows it (design §1.4). */
export async function findSubjects(work: Work): Promise<Subjects> {
  const { assignment, signal, source, target } = work
  const [snapshot, sources, targets] = await Promise.all([
    work.snapshot(),
    source === null ? Promise.resolve([]) : listIndexes(source, { signal }),
    listIndexes(target, { signal }),
  ])
  const selection = assignment.plan.selection
  const names = [...new Set([...(snapshot?.snapshot.info.indices ?? []), ...sources.map(({ name }) => name)])]
  const chosen = select(names.sort(), selection)
  const missed = unmatched([...names, ...targets.map(({ name }) => name)], selection)
  if (!assignment.plan.allowEmpty && (missed.length > 0 || chosen.length === 0))
    throw new ToolFailure(
      'selection_matches_nothing',
      missed.length > 0 ? `No index fits ${missed.join(', ')}` : 'The selection leaves no index to validate',
      {
        evidence: { patterns: missed, indexes: names.slice(0, 100) },
        remedy: 'Correct the selection, or allow it to match nothing.',
      },
    )
  const facts = new Map(assignment.backfill?.indexes.map((index) => [index.name, index]))
  const bySource = new Map(sources.map((index) => [index.name, index]))
  const byTarget = new Map(targets.map((index) => [index.name, index]))
  const held = new Set(snapshot?.snapshot.info.indices)
  const all = chosen.map((name): Subject => {
    const backfilled = facts.get(name) ?? null
    const targetName = backfilled?.targetName ?? name
    return {
      name,
      targetName,
      backfilled,
      source: bySource.get(name) ?? null,
      target: byTarget.get(targetName) ?? null,
      inSnapshot: held.has(name),
    }
  })
  const meant = new Set(all.map(({ targetName }) => targetName))
  const onlyOnTarget = select(
    targets.map(({ name }) => name),
    selection,
  ).filter((name) => !meant.has(name))
  return { all, snapshot, onlyOnTarget }
}
