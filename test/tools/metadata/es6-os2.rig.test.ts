import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../rigs/engines.ts'
import { wipe } from '../../rigs/wipe.ts'
import { ask, indexesOf, member, migrate, templatesOf } from './rig.ts'

const rigs = await needs('es6', 'os2')
const prefix = 'mdsix-'
const zero = { number_of_shards: 1, number_of_replicas: 0 }

describe.skipIf(!rigs.available)('from Elasticsearch 6.8 with mapping types to OpenSearch 2.19', () => {
  const source = rigs.es6.url
  const target = rigs.os2.url

  beforeAll(async () => {
    await Promise.all([wipe(source, prefix), wipe(target, prefix)])
    await seed(source)
  })
  afterAll(() => Promise.all([wipe(source, prefix), wipe(target, prefix)]))

  test('types, old names and old formats arrive in their new form', async () => {
    const { report } = await migrate(source, target, prefix)

    expect(
      Object.entries(report.outcomes()).filter(([, outcome]) => !/^(ok create|skipped)/.test(outcome)),
    ).toEqual([[`index ${prefix}shop`, 'warning create']])
    expect(member(await indexesOf(target, prefix), `${prefix}shop`)).toEqual({
      settings: {
        number_of_shards: '1',
        number_of_replicas: '0',
        max_ngram_diff: '7',
        similarity: { old: { type: 'BM25' } },
        analysis: {
          filter: {
            grams: { type: 'ngram', min_gram: '1', max_gram: '8' },
            pay: { type: 'delimited_payload' },
          },
          analyzer: {
            own: { type: 'custom', tokenizer: 'edge_ngram', filter: ['lowercase', 'grams', 'pay'] },
          },
        },
      },
      mappings: {
        dynamic: 'strict',
        _routing: { required: true },
        properties: {
          at: { type: 'date', format: 'yyyy-MM-dd' },
          camel: { type: 'date', format: 'date_optional_time||epoch_millis' },
          name: { type: 'text', fields: { raw: { type: 'keyword' } } },
          scored: { type: 'text', similarity: 'old' },
        },
      },
      aliases: {
        [`${prefix}read`]: { filter: { term: { name: 'a' } }, index_routing: '1', search_routing: '1' },
      },
    })
  })

  test('templates lose their types, and _default_ stands for all of them', async () => {
    const templates = await templatesOf(target, prefix)

    expect(templates.legacy).toEqual({
      [`${prefix}custom`]: {
        order: 0,
        index_patterns: [`${prefix}custom-*`],
        settings: { index: { number_of_shards: '1' } },
        mappings: { properties: { a: { type: 'keyword' } } },
        aliases: {},
      },
      [`${prefix}defaults`]: {
        order: 5,
        version: 60001,
        index_patterns: [`${prefix}logs-*`, `${prefix}more-*`],
        settings: { index: { refresh_interval: '5s' } },
        mappings: {
          dynamic_templates: [
            { strings: { match_mapping_type: 'string', mapping: { type: 'text', norms: false } } },
          ],
          properties: { '@timestamp': { type: 'date' }, host: { type: 'keyword' } },
        },
        aliases: { [`${prefix}logs`]: {} },
      },
    })
  })

  test('every change is on record', async () => {
    const { report } = await migrate(source, target, prefix, { dryRun: true })

    const { changes, rules } = report.found('index', `${prefix}shop`).detail
    expect(rules).toEqual([
      'analysis-components',
      'classic-similarity',
      'gram-limits',
      'joda-date-formats',
      'mapping-types',
      'private-settings',
    ])
    expect(changes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'mappings',
        'mappings.properties.at.format',
        'settings.analysis.analyzer.own.filter',
        'settings.similarity.old.type',
        'settings.uuid',
      ]),
    )
  })

  test('a second migration changes nothing and says so', async () => {
    const { report } = await migrate(source, target, prefix)

    const outcomes = Object.values(report.outcomes()).filter((outcome) => outcome !== 'skipped skip')
    expect(new Set(outcomes)).toEqual(new Set(['ok unchanged']))
  })
})

async function seed(url: string): Promise<void> {
  const put = (path: string, body: unknown) => ask(url, 'PUT', path, body)
  await put(`/${prefix}shop`, {
    settings: {
      ...zero,
      'similarity.old.type': 'classic',
      'mapping.single_type': undefined,
      'analysis.filter.grams': { type: 'nGram', min_gram: 1, max_gram: 8 },
      'analysis.filter.pay': { type: 'delimited_payload_filter' },
      'analysis.analyzer.own': {
        type: 'custom',
        tokenizer: 'edgeNGram',
        filter: ['standard', 'lowercase', 'grams', 'pay'],
      },
    },
    mappings: {
      product: {
        dynamic: 'strict',
        _routing: { required: true },
        properties: {
          at: { type: 'date', format: 'YYYY-MM-dd' },
          camel: { type: 'date', format: 'dateOptionalTime||epoch_millis' },
          name: { type: 'text', fields: { raw: { type: 'keyword' } } },
          scored: { type: 'text', similarity: 'old' },
        },
      },
    },
    aliases: { [`${prefix}read`]: { filter: { term: { name: 'a' } }, routing: '1' } },
  })
  await put(`/_template/${prefix}custom`, {
    index_patterns: [`${prefix}custom-*`],
    settings: { number_of_shards: 1 },
    mappings: { anything: { properties: { a: { type: 'keyword' } } } },
  })
  await put(`/_template/${prefix}defaults`, {
    index_patterns: [`${prefix}logs-*`, `${prefix}more-*`],
    order: 5,
    version: 60001,
    settings: { refresh_interval: '5s' },
    mappings: {
      _default_: {
        dynamic_templates: [
          { strings: { match_mapping_type: 'string', mapping: { type: 'text', norms: false } } },
        ],
        properties: { '@timestamp': { type: 'date' } },
      },
      log: { properties: { host: { type: 'keyword' } } },
    },
    aliases: { [`${prefix}logs`]: {} },
  })
}
