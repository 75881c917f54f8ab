// What every stage of a run shares.
import type { ItemReport, Report } from '../../shared/domain/report.ts'
import type { Api } from './api.ts'
import type { Book } from './book.ts'
import type { Chooser } from './choose.ts'
import { type Available, checkDependencies } from './dependencies.ts'
import { type Draft, Editor } from './draft.ts'
import { objectAt } from './json.ts'
import { nameRefusal } from './paths.ts'
import { finish, type Preparation, prepare } from './prepare.ts'
import type { MetadataSource, SourceObject } from './source.ts'
import type { Holdings } from './target.ts'
import type { UserTransforms } from './user-transforms.ts'

export type Work = {
  source: MetadataSource
  target: Api
  holdings: Holdings
  available: Available
  preparation: Preparation
  transforms: UserTransforms
  chooser: Chooser
  book: Book
  report: Report
  signal: AbortSignal
  dryRun: boolean
  concurrency: number
  /** Names taken by drafts of this run, so that two sources never write one target object. */
  taken: Map<string, string>
}

/** From objects of the source to drafts that are due: rules, the user's transforms, last rules. */
export async function draftsOf(work: Work, objects: SourceObject[]): Promise<Draft[]> {
  const prepared = objects.flatMap((object) => {
    const drafts = prepare(object, work.preparation)
    if (drafts.length === 0) work.book.skip(object.kind, object.name, 'multiTypes names none of its types')
    return drafts
  })
  const { drafts, dropped } = await work.transforms.apply(prepared)
  for (const draft of dropped) work.book.skip(draft.kind, draft.sourceName, 'A transform dropped it')
  for (const draft of drafts) {
    if (draft.refusal === null) finish(draft, work.preparation)
    claimName(work, draft)
  }
  return drafts.filter((draft) => work.chooser.isDue(draft, Object.keys(objectAt(draft.body, 'aliases'))))
}

function claimName({ taken }: Work, draft: Draft): void {
  const pen = new Editor(draft, 'shape')
  const why = draft.kind === 'index' ? nameRefusal(draft.name) : null
  if (why !== null)
    pen.refuse({
      code: 'index_name',
      message: `OpenSearch cannot have an index named "${draft.name.slice(0, 300)}": ${why}`,
      remedy: 'Give it another name with a transform, or leave it out',
    })
  const key = `${draft.kind} ${draft.name}`
  const other = taken.get(key)
  if (other !== undefined)
    pen.refuse({
      code: 'name_taken',
      message: `"${other}" and "${draft.sourceName}" would both become "${draft.name}"`,
      remedy: 'Change the transform or multiTypes, so that each has a name of its own',
    })
  else taken.set(key, draft.sourceName)
}

/** Dependencies are looked at when the objects they name have been worked on. */
export function readyToApply(work: Work, draft: Draft): Draft {
  if (draft.refusal === null) checkDependencies(draft, work.available, work.holdings)
  return draft
}

/** Tells an item, the rules it met, and an issue where something is in the way of it. */
export function tell(work: Work, item: ItemReport, draft: Draft): void {
  work.book.tell(item)
  work.book.ruleCounted(item.detail.rules)
  if (draft.refusal === null || item.outcome !== 'failed') return
  work.report.issue({
    code: draft.refusal.code,
    severity: 'error',
    origin: 'source',
    retryable: false,
    scope: `${item.kind}:${item.name}`,
    message: draft.refusal.message,
    evidence: draft.refusal.evidence ?? {},
    remedy: draft.refusal.remedy,
  })
}
