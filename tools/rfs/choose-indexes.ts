// Which indexes of the snapshot are meant, and whether their documents can be read at all.
import type { BackfillAssignment } from '../../shared/domain/backfill.ts'
import type { Report } from '../../shared/domain/report.ts'
import { select, unmatched } from '../../shared/domain/selection.ts'
import type { IndexMetadata } from '../snapshot/index-metadata.ts'
import type { ChosenSnapshot, Repository } from '../snapshot/repository.ts'
import { findSourceKind } from '../snapshot/source-kind.ts'
import { ToolFailure } from './failure.ts'

export type ChosenIndex = {
  name: string
  targetName: string
  metadata: IndexMetadata
  createdAt: number
}

/** The names that the plan means. Throws where the snapshot is not finished or a filter means nothing. */
export function chooseNames(
  { info }: ChosenSnapshot,
  { plan }: BackfillAssignment,
  report: Pick<Report, 'issue'>,
): string[] {
  if (info.state !== 'SUCCESS' && info.state !== 'PARTIAL')
    throw new ToolFailure('snapshot_not_complete', `The snapshot "${info.name}" is ${info.state}`, {
      evidence: { state: info.state, reason: info.reason },
      remedy: 'Wait until it is finished, take another one, or choose one that succeeded.',
      retryable: info.state === 'IN_PROGRESS',
    })
  const names = select(info.indices, plan.selection)
  const missed = unmatched(info.indices, plan.selection)
  if (missed.length > 0 && !plan.allowEmpty)
    throw new ToolFailure('selection_matches_nothing', `No index of the snapshot fits ${missed.join(', ')}`, {
      evidence: { patterns: missed, indexes: info.indices.slice(0, 100) },
      remedy: 'Correct the selection, or allow it to match nothing.',
    })
  if (names.length === 0 && !plan.allowEmpty)
    throw new ToolFailure('selection_matches_nothing', 'The selection leaves no index of the snapshot', {
      evidence: { indexes: info.indices.slice(0, 100) },
      remedy: 'Correct the selection, or allow it to match nothing.',
    })
  tellPartial(info, names, plan.allowPartial, report)
  return names
}

/** Failed shards of indexes that are not meant harm nobody. */
function tellPartial(
  { name, failures }: ChosenSnapshot['info'],
  names: readonly string[],
  allowed: boolean,
  report: Pick<Report, 'issue'>,
): void {
  const failed = failures.filter(({ index }) => names.includes(index))
  if (failed.length === 0) return
  const message = `The snapshot "${name}" does not hold ${failed.length} shards of the chosen indexes`
  const remedy = 'Take a new snapshot, leave the indexes out, or allow a partial snapshot.'
  const evidence = { shards: failed.slice(0, 200) }
  const severity = allowed ? 'warning' : 'error'
  const about = { retryable: false, scope: null, message, evidence, remedy }
  report.issue({ code: 'snapshot_partial', severity, origin: 'source', ...about })
  if (!allowed) throw new ToolFailure('snapshot_partial', message, { evidence, remedy })
}

export async function readIndex(
  repository: Repository,
  snapshot: ChosenSnapshot,
  name: string,
  { plan }: BackfillAssignment,
  signal: AbortSignal,
): Promise<ChosenIndex> {
  const metadata = await repository.indexMetadata(snapshot, name, signal)
  const createdAt = Number(metadata.settings['index.creation_date'] ?? 0) || 0
  return { name, targetName: (plan.trial?.indexPrefix ?? '') + name, metadata, createdAt }
}

/**
 * Tells an index whose documents the snapshot does not hold whole. A filtered `_source` is refused like a disabled one:
 * what it left out is nowhere to be found, the target would look complete, and nobody could tell later what is missing.
 */
export function tellSource({ name, metadata }: ChosenIndex, report: Report): boolean {
  const { kind, warnings } = findSourceKind(metadata)
  if (kind === 'enabled') return true
  report.issue({
    code: 'source_not_kept',
    severity: 'error',
    origin: 'source',
    retryable: false,
    scope: `index:${name}`,
    message: `The _source of "${name}" is ${kind}: its documents cannot be moved as they were indexed`,
    evidence: { kind, findings: warnings },
    remedy: 'Leave the index out of the selection, and index it anew from where its documents came from.',
  })
  return false
}
