// The stages of a run, in the order in which things lean on one another.
import type { ItemReport } from '../../shared/domain/report.ts'
import { aliasItems, extraAliases } from './alias-items.ts'
import { type Applied, apply } from './apply.ts'
import { driftOf } from './compare.ts'
import type { BodyKind, Draft } from './draft.ts'
import type { JsonObject } from './json.ts'
import { addressOf } from './paths.ts'
import { inParallel } from './pool.ts'
import type { SourceObject } from './source.ts'
import { readIndexes } from './target.ts'
import { draftsOf, readyToApply, tell, type Work } from './work.ts'

/** Templates or pipelines of one kind. */
export async function templateStage(
  work: Work,
  kind: Exclude<BodyKind, 'index'>,
  objects: SourceObject[],
): Promise<void> {
  const drafts = await draftsOf(work, objects)
  const applied = await inParallel(drafts, work.concurrency, work.signal, async (draft) => {
    const existing = work.holdings.bodies[kind].get(draft.name) ?? null
    const done = await apply(applying(work), readyToApply(work, draft), existing)
    tell(work, done.item, done.draft)
    return done
  })
  for (const { draft, there } of applied) {
    if (kind === 'componentTemplate')
      (there ? work.available.components : work.available.failedComponents).add(draft.name)
    if (kind === 'ingestPipeline' && there) work.available.pipelines.add(draft.name)
  }
  await work.book.keep(applied.map(({ item }) => item).sort(byName))
}

/** Indexes with their aliases, batch after batch; the next one is read while this one is written. */
export async function indexStage(work: Work, names: string[]): Promise<void> {
  const batches = work.source.indexes(names)[Symbol.asyncIterator]()
  let next = batches.next()
  const seen = new Set<string>()
  while (!work.signal.aborted) {
    const batch = await next
    if (batch.done === true) break
    next = batches.next()
    // A failure of the reading ahead is met when its turn comes, also where this batch fails first.
    next.catch(() => undefined)
    for (const { name } of batch.value) seen.add(name)
    await indexBatch(work, batch.value)
  }
  if (work.signal.aborted) return
  const unseen = names.filter((name) => !seen.has(name))
  for (const name of unseen)
    if (addressOf(name) !== null) work.book.skip('index', name, 'The source no longer has it')
  // Names that cannot be asked for are refused like any other that OpenSearch cannot have.
  const nameless = unseen.filter((name) => addressOf(name) === null)
  await indexBatch(
    work,
    nameless.map((name) => ({ kind: 'index', name, body: {}, typed: false })),
  )
}

async function indexBatch(work: Work, objects: SourceObject[]): Promise<void> {
  const drafts = await draftsOf(work, objects)
  const present = drafts.map(({ name }) => name).filter((name) => work.holdings.indexes.has(name))
  const existing = await readIndexes(work.target, present)
  const applied = await inParallel(drafts, work.concurrency, work.signal, async (draft) => {
    const done = await applyIndex(work, draft, existing.get(draft.name) ?? null)
    tell(work, done.item, done.draft)
    return done
  })
  if (work.signal.aborted) return
  await work.book.keep(await verified(work, applied, existing))
}

async function applyIndex(work: Work, draft: Draft, existing: JsonObject | null): Promise<Applied> {
  const done = await apply(applying(work), readyToApply(work, draft), existing)
  if (existing === null || !done.there) return done
  const drift = extraAliases(draft.body, existing)
  return drift.length === 0 ? done : { ...done, item: withDrift(done.item, drift, 'differs', null) }
}

/** Looks at what the target made of a batch, corrects what was told too well, and tells the aliases. */
async function verified(
  work: Work,
  applied: Applied[],
  existing: Map<string, JsonObject>,
): Promise<ItemReport[]> {
  const created = applied.filter((done) => done.created).map(({ draft }) => draft.name)
  const made = await readIndexes(work.target, created)
  const items: ItemReport[] = []
  for (const done of applied.sort((a, b) => byName(a.item, b.item))) {
    const { draft } = done
    const found = (done.created ? made : existing).get(draft.name) ?? null
    const item = done.created ? corrected(work, done, found) : done.item
    const aliases = aliasItems({ ...done, item }, found, work.holdings)
    for (const alias of aliases) work.book.tell(alias)
    items.push(item, ...aliases)
  }
  return items
}

/** The target's own templates may have added to an index, or somebody removed it again. */
function corrected({ book }: Work, { item, draft }: Applied, found: JsonObject | null): ItemReport {
  const drift =
    found === null
      ? [{ path: '', expected: draft.name }]
      : [...driftOf('index', draft.body, found), ...extraAliases(draft.body, found)]
  if (drift.length === 0) return item
  const message =
    found === null
      ? 'It was created, but the target does not have it any more'
      : 'It was created, but the target added to it or changed it: look at the templates of the target that match its name'
  const next = withDrift(item, drift, 'create', message)
  book.correct(item, next)
  return next
}

function withDrift(
  item: ItemReport,
  drift: ItemReport['detail']['drift'],
  action: ItemReport['detail']['action'],
  message: string | null,
): ItemReport {
  const detail = { ...item.detail, action, drift: [...item.detail.drift, ...drift] }
  detail.message = [message ?? 'The target has aliases on it that the source has not', item.detail.message]
    .filter((text) => text !== null)
    .join('. ')
  return { ...item, outcome: item.outcome === 'failed' ? 'failed' : 'warning', detail }
}

const applying = ({ target, holdings, dryRun }: Work) => ({ api: target, holdings, dryRun })

const byName = (a: ItemReport, b: ItemReport) => (a.name < b.name ? -1 : 1)
