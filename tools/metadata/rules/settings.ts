// Settings that stay in another form.
import type { Editor } from '../draft.ts'
import { elasticsearchBelow, isElasticsearch, isOpenSearch } from '../gates.ts'
import { isObject, type Json, type JsonObject, objectAt } from '../json.ts'
import { type Part, part } from '../parts.ts'
import { removeSetting, settingAt } from '../settings-tree.ts'
import type { Rule } from './rule.ts'

export const routingShards: Rule = {
  id: 'routing-shards',
  title: 'The number of routing shards is said by its public name',
  applies: () => true,
  apply(draft, pen) {
    const settings = part(draft, 'settings')
    const own = draft.body.routing_num_shards
    const inner = settings === null ? undefined : settingAt(settings.body, 'routing_num_shards')
    const number = inner ?? own
    if (number === undefined || settings === null) return
    if (own !== undefined)
      pen.remove(draft.body, 'routing_num_shards', 'routing_num_shards', 'Said among the settings')
    removeSetting(settings.body, 'routing_num_shards')
    if (settingAt(settings.body, 'number_of_routing_shards') === undefined)
      pen.set(
        settings.body,
        'number_of_routing_shards',
        number,
        `${settings.path}.number_of_routing_shards`,
        'So that the index can be split as before',
      )
  },
}

export const classicSimilarity: Rule = {
  id: 'classic-similarity',
  title: 'The classic similarity becomes BM25',
  applies: ({ source, target }) => isElasticsearch(source) && isOpenSearch(target),
  apply(draft, pen) {
    const settings = part(draft, 'settings')
    if (settings === null) return
    for (const [name, similarity] of Object.entries(objectAt(settings.body, 'similarity'))) {
      if (!isObject(similarity) || similarity.type !== 'classic') continue
      pen.set(
        similarity,
        'type',
        'BM25',
        `${settings.path}.similarity.${name}.type`,
        'The classic similarity is gone',
      )
      pen.warn(`The similarity "${name}" was classic TF/IDF; it is BM25 now, so the order of hits may differ`)
    }
  },
}

/** Before 7 there was no limit; the target takes 1 for n-grams and 3 for shingles unless told otherwise. */
export const gramLimits: Rule = {
  id: 'gram-limits',
  title: 'The reach of n-grams and shingles is allowed by its setting',
  applies: ({ source, target }) => elasticsearchBelow(source, 7) && isOpenSearch(target),
  apply(draft, pen) {
    const settings = part(draft, 'settings')
    if (settings === null) return
    const analysis = objectAt(settings.body, 'analysis')
    const definitions = [
      ...Object.values(objectAt(analysis, 'filter')),
      ...Object.values(objectAt(analysis, 'tokenizer')),
    ]
    raise(
      settings,
      pen,
      'max_ngram_diff',
      1,
      reach(definitions, /^n_?gram$/i, ['min_gram', 1], ['max_gram', 2]),
    )
    raise(
      settings,
      pen,
      'max_shingle_diff',
      3,
      reach(definitions, /^shingle$/, ['min_shingle_size', 2], ['max_shingle_size', 2]),
    )
  },
}

type Bound = [key: string, fallback: number]

function reach(definitions: Json[], type: RegExp, least: Bound, most: Bound): number {
  const reaches = definitions
    .filter(
      (definition): definition is JsonObject => isObject(definition) && type.test(String(definition.type)),
    )
    .map((definition) => numberAt(definition, most) - numberAt(definition, least))
  return Math.max(0, ...reaches)
}

function numberAt(definition: JsonObject, [key, fallback]: Bound): number {
  const value = Number(definition[key] ?? fallback)
  return Number.isFinite(value) ? value : fallback
}

function raise(settings: Part, pen: Editor, key: string, allowed: number, needed: number): void {
  if (needed <= allowed || Number(settingAt(settings.body, key) ?? 0) >= needed) return
  pen.set(settings.body, key, needed, `${settings.path}.${key}`, 'The source had no such limit')
}
