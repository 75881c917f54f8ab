// The metadata tool: templates, pipelines, indexes and aliases of one cluster, brought to another.
import * as v from 'valibot'
import type { ClusterConnector } from '../../shared/cluster/client.ts'
import { type MetadataAssignment, MetadataParams, type MetadataResult } from '../../shared/domain/metadata.ts'
import type { Report } from '../../shared/domain/report.ts'
import { Api } from './api.ts'
import { Book } from './book.ts'
import { Chooser, checkPatterns, type Group, type Unmatched } from './choose.ts'
import { meetClusters } from './clusters.ts'
import { available } from './dependencies.ts'
import type { Pair } from './gates.ts'
import { tellInventory } from './inventory.ts'
import { liveOrigin } from './live-source.ts'
import { resultOf } from './result.ts'
import { snapshotOrigin } from './snapshot-source.ts'
import type { MetadataSource, Origin, SourceObject } from './source.ts'
import { indexStage, templateStage } from './stages.ts'
import { readHoldings } from './target.ts'
import { userTransforms } from './user-transforms.ts'
import type { Work } from './work.ts'

/** How long writes that are under way may still tell their result after a stop. */
const graceMs = 700

/**
 * Evaluates or migrates. Safe to run again: what the target has already is compared, never overwritten. Throws
 * ToolFailure or ClusterFailure where the work as a whole cannot be done, and the signal's reason when stopped.
 */
export async function runMetadata(
  assignment: MetadataAssignment,
  report: Report,
  signal: AbortSignal,
  connector: ClusterConnector,
): Promise<MetadataResult> {
  signal.throwIfAborted()
  const params = v.parse(MetadataParams, { ...assignment.params, dryRun: assignment.dryRun })
  const late = lateSignal(signal)
  const origin = originOf(assignment.source, report, signal, connector)
  const target = new Api(connector.connect(assignment.target), signal, late.signal)
  const transforms = userTransforms(params.transforms ?? [])
  const stopTransforms = () => void transforms.close()
  signal.addEventListener('abort', stopTransforms)
  const book = await Book.open(report, assignment.finished?.length)
  try {
    const pair = await meetClusters(origin, target, report)
    return await migrate({ assignment, params, report, signal, origin, target, transforms, book, pair })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stopTransforms)
    late.clear()
    await Promise.all([transforms.close(), book.close(), origin.close(), target.client.close()])
  }
}

function originOf(
  source: MetadataAssignment['source'],
  report: Report,
  signal: AbortSignal,
  connector: ClusterConnector,
): Origin {
  return 'snapshot' in source
    ? snapshotOrigin(source, report, signal)
    : liveOrigin(connector.connect(source), signal)
}

type Run = Pick<Work, 'target' | 'transforms' | 'book' | 'report' | 'signal'> & {
  assignment: MetadataAssignment
  params: MetadataParams
  origin: Origin
  pair: Pair
}

async function migrate(run: Run): Promise<MetadataResult> {
  const { params, report, signal, origin, target, pair, book } = run
  const source = origin.open(pair.source)
  const [found, indexNames, holdings, inventory] = await Promise.all([
    readTemplates(source, params),
    source.indexNames(),
    readHoldings(target, pair.target),
    source.inventory(),
  ])
  for (const note of holdings.notes) report.log('warn', note)
  const zones = params.awarenessAttributes ?? holdings.zones
  const work: Work = {
    source,
    target,
    holdings,
    available: available(holdings),
    preparation: { ...pair, zones, multiTypes: params.multiTypes },
    transforms: run.transforms,
    chooser: chooserOf(run),
    book,
    report,
    signal,
    dryRun: params.dryRun,
    concurrency: params.concurrency,
    taken: new Map(),
  }
  const unmatched = await stages(work, params, found, indexNames, run.assignment)
  signal.throwIfAborted()
  tellInventory(inventory, report)
  book.tellUnlisted()
  await book.deliver()
  signal.throwIfAborted()
  return resultOf({ work, pair, unmatched, inventory, origin })
}

function chooserOf({ params, book, assignment: { only, finished } }: Run): Chooser {
  const renames = params.multiTypes !== undefined || (params.transforms?.length ?? 0) > 0
  return new Chooser(book, only, finished ?? [], renames)
}

type Found = Record<'pipelines' | 'legacy' | 'components' | 'templates', SourceObject[]>

/** A selection that includes nothing is not read: its permission is not needed. */
async function readTemplates(source: MetadataSource, params: MetadataParams): Promise<Found> {
  const none = Promise.resolve<SourceObject[]>([])
  const isOff = (include: string[] | undefined) => include !== undefined && include.length === 0
  const noTemplates = isOff(params.templates?.include)
  const [pipelines, legacy, components, templates] = await Promise.all([
    isOff(params.pipelines?.include) ? none : source.pipelines(),
    noTemplates ? none : source.legacyTemplates(),
    isOff(params.componentTemplates?.include) ? none : source.componentTemplates(),
    noTemplates ? none : source.indexTemplates(),
  ])
  return { pipelines, legacy, components, templates }
}

async function stages(
  work: Work,
  params: MetadataParams,
  found: Found,
  indexNames: string[],
  { only }: MetadataAssignment,
): Promise<Unmatched[]> {
  const { pipelines, legacy, components, templates } = found
  const indexes = indexNames.map((name) => ({ kind: 'index' as const, name }))
  const groups = groupsOf(params, found, indexes)
  const unmatched = only === undefined ? checkPatterns(groups, params, work.report) : []
  const chosen = new Set(
    groups.flatMap((group) => work.chooser.choose(group)).map(({ kind, name }) => `${kind} ${name}`),
  )
  const isChosen = ({ kind, name }: { kind: string; name: string }) => chosen.has(`${kind} ${name}`)
  work.book.expect(chosen.size)
  for (const [kind, objects] of [
    ['ingestPipeline', pipelines],
    ['legacyTemplate', legacy],
    ['componentTemplate', components],
    ['indexTemplate', templates],
  ] as const) {
    work.signal.throwIfAborted()
    await templateStage(work, kind, objects.filter(isChosen))
  }
  await indexStage(
    work,
    indexes.filter(isChosen).map(({ name }) => name),
  )
  return unmatched
}

function groupsOf(params: MetadataParams, found: Found, indexes: Group['names']): Group[] {
  const { pipelines, legacy, components, templates } = found
  return [
    { selection: 'pipelines', chosen: params.pipelines, kind: 'template', names: pipelines },
    { selection: 'templates', chosen: params.templates, kind: 'template', names: [...legacy, ...templates] },
    {
      selection: 'componentTemplates',
      chosen: params.componentTemplates,
      kind: 'template',
      names: components,
    },
    { selection: 'selection', chosen: params.selection, kind: 'index', names: indexes },
  ]
}

/** Aborts a little after `signal`. */
function lateSignal(signal: AbortSignal): { signal: AbortSignal; clear(): void } {
  const late = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => late.abort(signal.reason), graceMs)
  }
  signal.addEventListener('abort', start, { once: true })
  return {
    signal: late.signal,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', start)
    },
  }
}
