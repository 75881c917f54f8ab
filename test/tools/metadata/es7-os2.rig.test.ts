import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../rigs/engines.ts'
import { wipe } from '../../rigs/wipe.ts'
import { recorder } from './recorder.ts'
import { ask, indexesOf, migrate, templatesOf } from './rig.ts'

const rigs = await needs('es7', 'os2')
const prefix = 'mdseven-'

describe.skipIf(!rigs.available)('from Elasticsearch 7.10.2 to OpenSearch 2.19', () => {
  const source = rigs.es7.url
  const target = rigs.os2.url

  beforeAll(async () => {
    await Promise.all([wipe(source, prefix), wipe(target, prefix)])
    await seed(source)
  })
  afterAll(() => Promise.all([wipe(source, prefix), wipe(target, prefix)]))

  test('an evaluation says that all would be created, and writes nothing', async () => {
    const { report } = await migrate(source, target, prefix, { dryRun: true })

    expect(told(report)).toEqual(['ok create', 'warning create'])
    expect(await indexesOf(target, prefix)).toEqual({})
    expect(report.found('index', `${prefix}orders`).detail.message).toMatch(
      /simulation of settings, mappings and aliases/,
    )
  })

  test('every template, mapping, setting and alias is the same on both sides', async () => {
    const { report, result } = await migrate(source, target, prefix)

    expect(report.outcomes()).toMatchObject({
      [`index ${prefix}orders`]: 'ok create',
      [`alias ${prefix}orders/${prefix}write`]: 'ok create',
    })
    expect(told(report)).toEqual(['ok create', 'warning create'])
    expect(await indexesOf(target, prefix)).toEqual(await indexesOf(source, prefix))
    expect(await templatesOf(target, prefix)).toEqual(await templatesOf(source, prefix))
    expect(result.items.index).toEqual({ ok: 14, skipped: expect.any(Number), warning: 1, failed: 0 })
  })

  test('a second migration changes nothing and says so', async () => {
    const before = await ask(target, 'GET', `/${prefix}*/_settings?expand_wildcards=all`)

    const { report } = await migrate(source, target, prefix)

    expect(told(report)).toEqual(['ok unchanged'])
    expect(await ask(target, 'GET', `/${prefix}*/_settings?expand_wildcards=all`)).toEqual(before)
  })

  test('objects that were changed on the target are told with their drift and left alone', async () => {
    await ask(target, 'PUT', `/${prefix}orders/_settings`, { refresh_interval: '7s' })
    await ask(target, 'PUT', `/${prefix}orders/_mapping`, { properties: { added: { type: 'ip' } } })
    await ask(target, 'PUT', `/_template/${prefix}legacy`, { index_patterns: ['nothing-*'] })
    await ask(target, 'POST', '/_aliases', {
      actions: [{ remove: { index: `${prefix}orders`, alias: `${prefix}read` } }],
    })

    const { report } = await migrate(source, target, prefix)

    const { detail, outcome } = report.found('index', `${prefix}orders`)
    expect(outcome).toBe('warning')
    expect(detail.drift).toEqual([
      { path: 'mappings.properties.added', found: { type: 'ip' } },
      { path: 'settings.refresh_interval', expected: '30s', found: '7s' },
    ])
    expect(report.outcomes()).toMatchObject({
      [`legacyTemplate ${prefix}legacy`]: 'warning differs',
      [`alias ${prefix}orders/${prefix}read`]: 'warning differs',
      [`alias ${prefix}orders/${prefix}write`]: 'ok unchanged',
    })
    expect(await ask(target, 'GET', `/_template/${prefix}legacy`)).toMatchObject({
      [`${prefix}legacy`]: { index_patterns: ['nothing-*'] },
    })
  })

  test('a template of the target that adds to a new index is told', async () => {
    await ask(target, 'PUT', `/_index_template/${prefix}greedy`, {
      index_patterns: [`${prefix}new*`],
      priority: 900,
      template: { aliases: { [`${prefix}greedy`]: {} } },
    })
    await ask(source, 'PUT', `/${prefix}new`, { settings: { number_of_replicas: 0 } })

    const { report } = await migrate(source, target, prefix, {
      params: { selection: { include: [`${prefix}new`] }, templates: { include: [] } },
    })

    expect(report.found('index', `${prefix}new`)).toMatchObject({
      outcome: 'warning',
      detail: { action: 'create', drift: [{ path: `aliases.${prefix}greedy` }] },
    })
  })

  test('a stop ends within a second, and what was created is told', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        ask(source, 'PUT', `/${prefix}stop-${at}`, { settings: { number_of_replicas: 0 } }),
      ),
    )
    const stop = new AbortController()
    const report = recorder()
    const { item } = report
    let stoppedAt = 0
    report.item = (told) => {
      item(told)
      if (stoppedAt > 0 || told.outcome === 'skipped') return
      stoppedAt = performance.now()
      stop.abort(new Error('stopped'))
    }

    await expect(migrate(source, target, `${prefix}stop-`, { report, signal: stop.signal })).rejects.toThrow(
      'stopped',
    )

    expect(performance.now() - stoppedAt).toBeLessThan(1_500)
    const created = Object.keys(await indexesOf(target, `${prefix}stop-`))
    expect(created.length).toBeLessThan(40)
    const told = [...report.items.values()].filter(({ outcome }) => outcome !== 'skipped')
    expect(told.length).toBeGreaterThan(0)
    for (const { name } of told) expect(created).toContain(name)
  })

  test("what the target does not have is refused with the target's own words", async () => {
    await ask(source, 'PUT', `/${prefix}refused`, { settings: { number_of_replicas: 0 } })
    const code =
      "(item) => { if (item.type === 'index') item.body.mappings = { properties: { v: { type: 'knn_vector', dimension: 3 } } }; return item }"

    const { report, result } = await migrate(source, target, prefix, {
      params: {
        selection: { include: [`${prefix}refused`] },
        templates: { include: [] },
        transforms: [{ name: 'vector', code }],
      },
    })

    expect(result.items.index?.failed).toBe(1)
    expect(report.found('index', `${prefix}refused`)).toMatchObject({
      outcome: 'failed',
      detail: {
        action: 'refused',
        targetError: {
          status: 400,
          type: 'mapper_parsing_exception',
          reason: expect.stringContaining('knn_vector'),
        },
        remedy: expect.stringContaining('plugin'),
      },
    })
  })

  test('settings and parameters nobody foresaw are taken out, also of templates, and a second run knows them', async () => {
    await ask(source, 'PUT', `/${prefix}foreign`, {
      settings: { number_of_replicas: 0 },
      mappings: { properties: { f: { type: 'text' } } },
    })
    await ask(source, 'PUT', `/_template/${prefix}foreign`, { index_patterns: [`${prefix}none-*`] })
    const code = `(item) => {
      item.body.settings = { ...item.body.settings, 'index.made.up': '1' }
      item.body.mappings = { _size: { enabled: true }, properties: { f: { type: 'text', made_up: 1 } } }
      return item
    }`
    const params = {
      selection: { include: [`${prefix}foreign`] },
      templates: { include: [`${prefix}foreign`] },
      componentTemplates: { include: [] },
      pipelines: { include: [] },
      transforms: [{ name: 'foreign', code }],
    }

    const { report } = await migrate(source, target, prefix, { params })
    const again = await migrate(source, target, prefix, { params })

    for (const kind of ['index', 'legacyTemplate']) {
      const { outcome, detail } = report.found(kind, `${prefix}foreign`)
      const refused = detail.changes.filter(({ rule }) => rule === 'target-refused').map(({ path }) => path)
      expect([kind, outcome, ...refused.sort()]).toEqual([
        kind,
        'ok',
        'mappings._size',
        'mappings.properties.f.made_up',
        'settings.made.up',
      ])
      expect(again.report.found(kind, `${prefix}foreign`).detail).toMatchObject({
        action: 'unchanged',
        drift: [],
      })
    }
  })
})

/** The distinct outcomes of all that was not skipped. */
function told(report: ReturnType<typeof recorder>): string[] {
  return [...new Set(Object.values(report.outcomes()))].filter((outcome) => outcome !== 'skipped skip').sort()
}

const zero = { number_of_shards: 1, number_of_replicas: 0 }

/** Only what both sides write alike, so that they can be compared letter by letter. */
async function seed(url: string): Promise<void> {
  const put = (path: string, body: unknown) => ask(url, 'PUT', path, body)
  await put(`/_ingest/pipeline/${prefix}clean`, {
    description: 'cleans',
    processors: [{ set: { field: 'a', value: 1 } }, { script: { source: 'ctx.b = 1' } }],
    on_failure: [{ drop: {} }],
  })
  await put(`/_template/${prefix}legacy`, {
    index_patterns: [`${prefix}legacy-*`],
    order: 3,
    version: 7,
    settings: zero,
    mappings: { properties: { a: { type: 'keyword' } } },
    aliases: { [`${prefix}legacies`]: { filter: { term: { a: 'x' } } } },
  })
  await put(`/_component_template/${prefix}part`, {
    template: {
      settings: zero,
      mappings: { properties: { c: { type: 'date' } } },
      aliases: { [`${prefix}parts`]: {} },
    },
    version: 2,
    _meta: { by: 'us' },
  })
  await put(`/_index_template/${prefix}whole`, {
    index_patterns: [`${prefix}whole-*`],
    composed_of: [`${prefix}part`],
    priority: 500,
    version: 1,
    template: { mappings: { properties: { d: { type: 'text' } } } },
    _meta: { by: 'us' },
  })
  await put(`/${prefix}legacy-1`, {})
  await put(`/${prefix}whole-1`, {})
  await put(`/${prefix}orders`, orders())
  await put(`/${prefix}hidden`, {
    settings: { ...zero, hidden: true },
    aliases: { [`${prefix}hiding`]: { is_hidden: true } },
  })
  await put(`/${prefix}closed`, { settings: zero })
  await put(`/${prefix}closed/_settings`, { refresh_interval: '3s' })
  await ask(url, 'POST', `/${prefix}closed/_close`)
  await put(`/${prefix}sorted`, {
    settings: { ...zero, 'sort.field': ['a', 'b'], 'sort.order': ['asc', 'desc'] },
    mappings: { properties: { a: { type: 'long' }, b: { type: 'date' } } },
  })
  await put(`/${prefix}split`, {
    settings: {
      number_of_shards: 2,
      number_of_replicas: 0,
      number_of_routing_shards: 8,
      routing_partition_size: 1,
    },
    mappings: { _routing: { required: true } },
  })
  await put(encodeURI(`/${prefix}häßlich-名前-!$&()+=@^_~`), {
    settings: zero,
    aliases: { [`${prefix}ä`]: {} },
  })
  for (let at = 0; at < 6; at++)
    await put(`/${prefix}plain-${at}`, { settings: zero, aliases: { [`${prefix}plains`]: {} } })
  await put(`/${prefix}empty`, {
    settings: zero,
    mappings: { dynamic: 'false', _source: { enabled: false } },
  })
}

function orders() {
  return {
    settings: {
      ...zero,
      refresh_interval: '30s',
      'mapping.total_fields.limit': 2000,
      max_ngram_diff: 5,
      'analysis.filter.grams.type': 'ngram',
      'analysis.filter.grams.min_gram': 1,
      'analysis.filter.grams.max_gram': 4,
      'analysis.filter.words.type': 'synonym',
      'analysis.filter.words.synonyms': ['a, b', 'c => d'],
      'analysis.analyzer.own': {
        type: 'custom',
        tokenizer: 'standard',
        filter: ['lowercase', 'words'],
        char_filter: ['html_strip'],
      },
      'analysis.normalizer.low': { type: 'custom', filter: ['lowercase'] },
      'similarity.mine': { type: 'BM25', b: 0.5 },
    },
    mappings: {
      dynamic: 'strict',
      date_detection: false,
      _meta: { owner: 'us' },
      _source: { excludes: ['secret.*'] },
      dynamic_templates: [
        { strings: { match_mapping_type: 'string', mapping: { type: 'keyword', ignore_above: 99 } } },
      ],
      properties: {
        title: {
          type: 'text',
          analyzer: 'own',
          similarity: 'mine',
          term_vector: 'with_positions_offsets',
          fields: { raw: { type: 'keyword', normalizer: 'low', ignore_above: 256 } },
        },
        at: { type: 'date', format: 'yyyy-MM-dd HH:mm:ss||epoch_millis' },
        nanos: { type: 'date_nanos' },
        price: { type: 'scaled_float', scaling_factor: 100 },
        count: { type: 'long', doc_values: false, null_value: 0 },
        half: { type: 'half_float', index: false },
        place: { type: 'geo_point' },
        address: { type: 'ip' },
        range: { type: 'integer_range' },
        lines: {
          type: 'nested',
          dynamic: 'true',
          properties: { sku: { type: 'keyword', copy_to: ['all'] } },
        },
        off: { type: 'object', enabled: false },
        all: { type: 'text', fielddata: true, norms: false },
        family: { type: 'join', relations: { order: ['line', 'note'] } },
        other: { type: 'alias', path: 'title.raw' },
        seek: { type: 'search_as_you_type' },
        hint: { type: 'completion', contexts: [{ name: 'kind', type: 'category' }] },
        features: { type: 'rank_features' },
        blob: { type: 'binary', store: true },
        query: { type: 'percolator' },
      },
    },
    aliases: {
      [`${prefix}read`]: {
        filter: { bool: { must: [{ term: { address: '10.0.0.1' } }] } },
        search_routing: '1,2',
      },
      [`${prefix}write`]: { is_write_index: true, index_routing: '1' },
    },
  }
}
