// Whether the target is ready for the documents, before the first of them is sent.
import type { BackfillAssignment } from '../../shared/domain/backfill.ts'
import type { IssueReport, Report } from '../../shared/domain/report.ts'
import type { ChosenIndex } from './choose-indexes.ts'
import { isOwnIndex } from './conflicts.ts'
import { ToolFailure } from './failure.ts'
import { typesOf } from './shards.ts'
import type { TargetIndex } from './target.ts'

type Finding = Pick<IssueReport, 'code' | 'message' | 'evidence' | 'remedy'> & { scope: string }

/** Tells everything that is in the way and throws the first of it, with the names of all. */
export function checkTargets(
  chosen: readonly ChosenIndex[],
  targets: ReadonlyMap<string, TargetIndex>,
  assignment: BackfillAssignment,
  report: Report,
): void {
  const findings = chosen.flatMap((index) => findingsOf(index, targets, assignment))
  for (const finding of findings)
    report.issue({ severity: 'error', origin: 'target', retryable: true, ...finding })
  const [first] = findings
  if (first) {
    const same = findings.filter(({ code }) => code === first.code)
    const names = same.map(({ scope }) => scope.replace('index:', ''))
    throw new ToolFailure(first.code, messageOf(first.message, names), {
      evidence: { indexes: names.slice(0, 500), ...first.evidence },
      remedy: first.remedy ?? undefined,
      retryable: true,
    })
  }
  for (const index of chosen) warnCollisions(index, assignment, report)
}

function messageOf(first: string, names: string[]): string {
  return names.length === 1
    ? first
    : `${first} (and ${names.length - 1} more: ${names.slice(1, 6).join(', ')})`
}

function findingsOf(
  { targetName, name }: ChosenIndex,
  targets: ReadonlyMap<string, TargetIndex>,
  { plan, written }: BackfillAssignment,
): Finding[] {
  const scope = `index:${targetName}`
  const target = targets.get(targetName)
  const model = plan.trial ? targets.get(name) : target
  if (!model) {
    const message = `The target has no index "${plan.trial ? name : targetName}"`
    const remedy = 'Migrate the metadata first; an index is never created by its documents.'
    return [{ code: 'target_index_missing', message, evidence: {}, remedy, scope }]
  }
  if (!target) return []
  if (!target.open) {
    const message = `The target index "${targetName}" is closed`
    return [
      { code: 'target_index_closed', message, evidence: {}, remedy: 'Open it, then start again.', scope },
    ]
  }
  if (target.blocks.length > 0) {
    const message = `The target index "${targetName}" is blocked for writes (${target.blocks.join(', ')})`
    const remedy = target.blocks.includes('read_only_allow_delete')
      ? 'Free disk space on the target (flood stage), then remove the block.'
      : 'Remove the block, then start again.'
    return [{ code: 'target_read_only', message, evidence: { blocks: target.blocks }, remedy, scope }]
  }
  const isOurs = plan.existing !== 'refuse' || written.includes(targetName)
  if (isOurs || target.documents === 0) return []
  const message =
    target.documents === null
      ? `How many documents "${targetName}" holds cannot be known: its primary shards are not all there`
      : `The target index "${targetName}" holds ${target.documents} documents that this session did not write`
  const remedy = 'Choose whether to overwrite or to skip what exists, or empty the index.'
  const code = target.documents === null ? 'target_red' : 'target_not_empty'
  return [{ code, message, evidence: { documents: target.documents }, remedy, scope }]
}

/** Where documents are overwritten, the second one under an id cannot be told from the first; the counts tell. */
function warnCollisions(index: ChosenIndex, assignment: BackfillAssignment, report: Report): void {
  const types = typesOf(index.metadata)
  if (types.length < 2 || isOwnIndex(assignment, index.targetName)) return
  report.issue({
    code: 'collisions_not_told',
    severity: 'warning',
    origin: 'source',
    retryable: false,
    scope: `index:${index.name}`,
    message: `"${index.name}" has ${types.length} types: documents of one id overwrite each other in "${index.targetName}"`,
    evidence: { types },
    remedy: 'Empty the target index and start anew, and such documents are named one by one.',
  })
}
