// The user's own searches on both sides: do they still find the same?
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { member } from '../../shared/cluster/json.ts'
import type { Check } from '../../shared/domain/run.ts'
import type { SampleQuery } from '../../shared/domain/validate.ts'
import { errorOf, ToolFailure } from '../rfs/failure.ts'
import { ask } from '../rfs/target.ts'
import { aggregationDifferences } from './aggregations.ts'
import type { Work } from './work.ts'

type Answer = { total: number; ids: string[]; aggregations: unknown; tookMs: number }
type Asked = { answer: Answer } | { refusal: ReturnType<typeof errorOf> }

export async function checkQueries(work: Work): Promise<void> {
  const { assignment, source, target, findings, report, signal } = work
  const queries = assignment.plan.queries ?? []
  if (source === null || queries.length === 0)
    findings.add({
      id: 'queries.answer',
      severity: 'info',
      scope: null,
      status: 'skipped',
      message: source === null ? 'The config names no source to ask' : 'The config has no queries to ask',
      evidence: {},
      remedy:
        source === null ? 'Name the source in the config.' : 'Add some to the config under validate.queries.',
    })
  if (source === null) return
  for (const [at, query] of queries.entries()) {
    const [from, to] = await Promise.all([put(source, query, signal), put(target, query, signal)])
    signal.throwIfAborted()
    findings.add({ id: 'queries.answer', scope: `query:${query.name}`, ...judge(query, from, to) })
    report.progress({ done: at + 1, total: queries.length, unit: 'queries', message: query.name })
  }
}

async function put(client: ClusterClient, query: SampleQuery, signal: AbortSignal): Promise<Asked> {
  try {
    return { answer: await search(client, query, signal) }
  } catch (error) {
    signal.throwIfAborted()
    return { refusal: errorOf(error) }
  }
}

async function search(
  client: ClusterClient,
  { index, body, topK }: SampleQuery,
  signal: AbortSignal,
): Promise<Answer> {
  const path = `/${index.split(',').map(encodeURIComponent).join(',')}/_search`
  const began = performance.now()
  const answer = await ask(client, {
    method: 'POST',
    path,
    // Exact totals everywhere: versions before 7 give them unasked, and refuse the question.
    body: JSON.stringify({
      ...body,
      size: topK,
      ...((await countsExactly(client, signal)) ? { track_total_hits: true } : {}),
    }),
    signal,
    attempts: 2,
  })
  const tookMs = Math.round(performance.now() - began)
  const shards = member(answer, '_shards')
  if (member(answer, 'timed_out') !== false || Number(member(shards, 'failed') ?? 1) > 0)
    throw new ToolFailure('partial_answer', 'The search was answered only in part', {
      evidence: { shards, timedOut: member(answer, 'timed_out') },
      remedy: 'Look at the health of the cluster, then ask again.',
    })
  const hits = member(answer, 'hits')
  const found = member(hits, 'hits')
  const total = member(hits, 'total')
  const ids = (Array.isArray(found) ? found : []).map(
    (hit: unknown) => `${String(member(hit, '_index'))}/${String(member(hit, '_id'))}`,
  )
  return {
    total: Number(member(total, 'value') ?? total),
    ids,
    aggregations: member(answer, 'aggregations') ?? {},
    tookMs,
  }
}

const exactCounting = new WeakMap<ClusterClient, Promise<boolean>>()

function countsExactly(client: ClusterClient, signal: AbortSignal): Promise<boolean> {
  const known = exactCounting.get(client) ?? ask(client, { method: 'GET', path: '/', signal }).then(isFrom7)
  exactCounting.set(client, known)
  known.catch(() => exactCounting.delete(client))
  return known
}

function isFrom7(root: unknown): boolean {
  const version = member(root, 'version')
  return (
    member(version, 'distribution') === 'opensearch' ||
    Number.parseInt(String(member(version, 'number')), 10) >= 7
  )
}

type Judged = Omit<Check, 'id' | 'scope'>

function judge(query: SampleQuery, from: Asked, to: Asked): Judged {
  if ('refusal' in from || 'refusal' in to) return refused(query, from, to)
  const [source, target] = [from.answer, to.answer]
  const common = source.ids.filter((id) => target.ids.includes(id)).length
  const most = Math.max(source.ids.length, target.ids.length)
  const overlap = most === 0 ? 1 : common / most
  const aggregations = aggregationDifferences(source.aggregations, target.aggregations)
  const faults = [
    ...(source.total === target.total
      ? []
      : [`${source.total} hits on the source and ${target.total} on the target`]),
    ...(overlap >= query.minOverlap ? [] : [`${common} of the first ${most} hits are the same`]),
    ...(aggregations.length === 0 ? [] : [`the aggregations differ in ${aggregations.length} places`]),
  ]
  const evidence = {
    total: { source: source.total, target: target.total },
    overlap,
    inSameOrder: source.ids.every((id, at) => target.ids[at] === id),
    first: { source: source.ids.slice(0, 10), target: target.ids.slice(0, 10) },
    aggregations: aggregations.slice(0, 20),
    tookMs: { source: source.tookMs, target: target.tookMs },
  }
  const isSame = faults.length === 0
  return {
    severity: isSame ? 'info' : 'error',
    status: isSame ? 'pass' : 'fail',
    message: isSame
      ? `"${query.name}" finds the same on both sides`
      : `"${query.name}" does not find the same: ${faults.join('; ')}`,
    evidence,
    remedy: isSame ? null : 'Compare the mappings and analyzers of its index, and its documents.',
  }
}

/** Refused by both it says nothing of the migration; refused by one it is a difference that a user will meet. */
function refused({ name }: SampleQuery, from: Asked, to: Asked): Judged {
  const source = 'refusal' in from ? from.refusal : null
  const target = 'refusal' in to ? to.refusal : null
  const both = source !== null && target !== null
  const passing = [source, target].some((refusal) => refusal?.retryable || refusal?.code === 'partial_answer')
  const status = both || passing ? ('unknown' as const) : ('fail' as const)
  const who = both ? 'Both sides' : source !== null ? 'The source' : 'The target'
  const verb = both ? 'do' : 'does'
  return {
    severity: 'error',
    status,
    message: `${who} ${verb} not answer "${name}": ${(source ?? target)?.message ?? ''}`,
    evidence: { source, target },
    remedy: both
      ? 'Correct the query in the config.'
      : 'Write the query as both sides take it, or look at the cluster that refuses.',
  }
}
