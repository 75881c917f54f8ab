// How far a target can check a body without a write.
import type { Answer, Api } from './api.ts'
import type { Draft } from './draft.ts'
import { isObject, type Json, type JsonObject, objectAt } from './json.ts'
import { part } from './parts.ts'
import { type Settled, settle } from './settle.ts'
import type { Holdings } from './target.ts'

export type Evaluation = Settled & { checks: string[] }

/** Lets the target judge a draft as far as it can; the draft loses what the target would refuse. */
export async function evaluate(api: Api, draft: Draft, holdings: Holdings): Promise<Evaluation> {
  if (draft.kind === 'ingestPipeline') return simulatePipeline(api, draft)
  const simulated = await settle(draft, (body) =>
    api.check('/_index_template/_simulate', templateOf(draft, body, holdings)),
  )
  if (simulated.ok || !cannot(simulated.answer))
    return { ...simulated, checks: ['existence', 'simulation of settings, mappings and aliases'] }
  return analyse(api, draft, simulated)
}

/** Statuses of a target that has no such API, or does not let this user have it. */
const cannot = ({ status, text }: Answer) =>
  [403, 404, 405, 501].includes(status) || (status === 400 && /no handler found/.test(text))

async function simulatePipeline(api: Api, draft: Draft): Promise<Evaluation> {
  const settled = await settle(draft, (pipeline) =>
    api.check('/_ingest/pipeline/_simulate', { pipeline, docs: [{ _source: {} }] }),
  )
  if (!settled.ok && cannot(settled.answer))
    return { ok: true, attempts: 0, answer: settled.answer, checks: ['existence', 'processors'] }
  return { ...settled, checks: ['existence', 'processors', 'simulation of the pipeline'] }
}

/**
 * Any body is checked as a composable template that matches nothing: the target then builds its settings, analyzers
 * and mappings as for a real index, and throws them away. Component templates that are yet to come are left out.
 */
function templateOf(draft: Draft, body: JsonObject, holdings: Holdings): JsonObject {
  const index_patterns = ['simulation-that-matches-no-index']
  if (draft.kind === 'indexTemplate') {
    const composed = Array.isArray(body.composed_of) ? body.composed_of : []
    const known = composed.filter((name) => holdings.bodies.componentTemplate.has(String(name)))
    return { ...body, index_patterns, priority: 2_147_483_647, composed_of: known }
  }
  const template = draft.kind === 'componentTemplate' ? objectAt(body, 'template') : parts(body)
  return { index_patterns, priority: 2_147_483_647, template }
}

function parts(body: JsonObject): JsonObject {
  const names = ['settings', 'mappings', 'aliases']
  return Object.fromEntries(names.flatMap((name) => (isObject(body[name]) ? [[name, body[name]]] : [])))
}

/** Without simulation the analyzers can still be tried one by one, spelled out. */
async function analyse(api: Api, draft: Draft, simulated: Settled): Promise<Evaluation> {
  const analysis = objectAt(part(draft, 'settings')?.body, 'analysis')
  const checks = ['existence']
  for (const analyzer of Object.values(objectAt(analysis, 'analyzer'))) {
    if (!isObject(analyzer) || (analyzer.type !== undefined && analyzer.type !== 'custom')) continue
    const answer = await api.check('/_analyze', inline(analyzer, analysis))
    if (cannot(answer)) return { ok: true, attempts: 0, answer, checks }
    if (answer.status > 299)
      return { ok: false, attempts: simulated.attempts, answer, checks: [...checks, 'analyzers'] }
    if (!checks.includes('analyzers')) checks.push('analyzers')
  }
  return { ok: true, attempts: 0, answer: simulated.answer, checks }
}

function inline(analyzer: JsonObject, analysis: JsonObject): JsonObject {
  const request: JsonObject = { text: 'a' }
  for (const kind of ['tokenizer', 'filter', 'char_filter']) {
    const value = analyzer[kind]
    if (value === undefined) continue
    const definitions = objectAt(analysis, kind)
    const spelled = (name: Json) =>
      typeof name === 'string'
        ? Object.hasOwn(definitions, name)
          ? (definitions[name] ?? name)
          : name
        : name
    request[kind] = Array.isArray(value) ? value.map(spelled) : spelled(value)
  }
  return request
}
