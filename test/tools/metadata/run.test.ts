import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type MetadataAssignment, MetadataResult } from '../../../shared/domain/metadata.ts'
import { IssueReport, ItemReport, type Report } from '../../../shared/domain/report.ts'
import { runMetadata } from '../../../tools/metadata/run.ts'
import { FakeCluster, fakeConnector, refusal } from './fake-cluster.ts'
import { recorder } from './recorder.ts'

const pairOf = () => ({
  source: new FakeCluster('elasticsearch', '7.10.2'),
  target: new FakeCluster('opensearch', '2.19.4'),
})
type Clusters = ReturnType<typeof pairOf>
type Options = Partial<Omit<MetadataAssignment, 'source' | 'target'>> & {
  signal?: AbortSignal
  report?: Report
}

function start({ source, target }: Clusters, { signal, report, ...rest }: Options = {}) {
  const credentials = { type: 'none' } as const
  const assignment: MetadataAssignment = {
    dryRun: false,
    params: {},
    ...rest,
    source: { role: 'source', endpoint: 'http://source:9200', credentials },
    target: { role: 'target', endpoint: 'http://target:9200', credentials },
  }
  return runMetadata(
    assignment,
    report ?? recorder(),
    signal ?? new AbortController().signal,
    fakeConnector(source, target),
  )
}

test('everything is written in order, and each item says what was done', async () => {
  const clusters = pairOf()
  clusters.source.pipelines.set('p', { processors: [{ set: { field: 'a', value: 1 } }] })
  clusters.source.templates.set('t', {
    index_patterns: ['t-*'],
    order: 1,
    settings: {},
    mappings: {},
    aliases: {},
  })
  clusters.source.components.set('c', { template: { settings: { 'index.number_of_replicas': '0' } } })
  clusters.source.indexTemplates.set('i', { index_patterns: ['i-*'], composed_of: ['c'] })
  clusters.source.indexes.set('orders', {
    settings: { uuid: 'x', number_of_shards: '1' },
    aliases: { o: { is_write_index: true } },
  })
  const report = recorder()

  const result = await start(clusters, { report })

  expect(clusters.target.puts).toEqual([
    '/_ingest/pipeline/p',
    '/_template/t',
    '/_component_template/c',
    '/_index_template/i',
    '/orders',
  ])
  expect(clusters.target.indexes.get('orders')).toEqual({
    settings: { number_of_shards: '1' },
    mappings: {},
    aliases: { o: { is_write_index: true } },
  })
  expect(report.outcomes()).toEqual({
    'alias orders/o': 'ok create',
    'componentTemplate c': 'ok create',
    'index orders': 'ok create',
    'indexTemplate i': 'ok create',
    'ingestPipeline p': 'ok create',
    'legacyTemplate t': 'ok create',
  })
  expect(report.found('index', 'orders').detail.changes).toEqual([
    expect.objectContaining({ path: 'settings.uuid', change: 'removed' }),
  ])
  expect(v.parse(MetadataResult, result)).toEqual(result)
  for (const item of report.items.values()) v.parse(ItemReport, item)
  expect([...report.artifacts.keys()]).toEqual(['metadata-items.ndjson'])
})

test('a second migration changes nothing and says so', async () => {
  const clusters = pairOf()
  clusters.source.templates.set('t', { index_patterns: ['t-*'] })
  clusters.source.indexes.set('orders', {
    mappings: { properties: { a: { type: 'ip' } } },
    aliases: { o: {} },
  })
  await start(clusters)
  const before = clusters.target.puts.length
  const report = recorder()

  await start(clusters, { report })

  expect(clusters.target.puts).toHaveLength(before)
  expect(new Set(Object.values(report.outcomes()))).toEqual(new Set(['ok unchanged']))
})

test('an evaluation writes nothing', async () => {
  const clusters = pairOf()
  clusters.source.templates.set('t', { index_patterns: ['t-*'] })
  clusters.source.indexes.set('orders', { aliases: { o: {} } })
  const report = recorder()

  await start(clusters, { report, dryRun: true })

  expect(clusters.target.sent.every(({ method, path }) => method === 'GET' || /_simulate$/.test(path))).toBe(
    true,
  )
  expect(report.outcomes()).toEqual({
    'alias orders/o': 'ok create',
    'index orders': 'ok create',
    'legacyTemplate t': 'ok create',
  })
  expect(report.found('index', 'orders').detail.message).toMatch(
    /would be created; checked: existence, simulation/,
  )
})

test('an evaluation meets the refusals and fix-ups of a migration', async () => {
  const clusters = pairOf()
  clusters.source.indexes.set('good', { settings: { foo: 1 } })
  clusters.source.indexes.set('bad', { mappings: { properties: { f: { type: 'zzz' } } } })
  clusters.target.script = ({ body }) => {
    if (String(body).includes('"foo"')) return refusal('unknown setting [index.foo] x')
    return String(body).includes('zzz')
      ? refusal('No handler for type [zzz] declared on field [f]', 'mapper_parsing_exception')
      : null
  }
  const report = recorder()

  await start(clusters, { report, dryRun: true })

  expect(report.outcomes()).toEqual({ 'index bad': 'failed refused', 'index good': 'ok create' })
  expect(report.found('index', 'good').detail).toMatchObject({ attempts: 2, rules: ['target-refused'] })
  expect(report.found('index', 'bad').detail).toMatchObject({
    targetError: { status: 400, reason: expect.stringContaining('zzz') },
    remedy: expect.stringContaining('plugin'),
  })
})

test('an object that differs is told with its drift, and left as it is', async () => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', { mappings: { properties: { a: { type: 'ip' } } } })
  clusters.target.indexes.set('orders', {
    mappings: { properties: { a: { type: 'long' } } },
    aliases: { extra: {} },
  })
  const report = recorder()

  await start(clusters, { report })

  expect(clusters.target.puts).toEqual([])
  expect(report.outcomes()).toEqual({ 'index orders': 'warning differs' })
  expect(report.found('index', 'orders').detail.drift).toEqual([
    { path: 'mappings.properties.a.type', expected: 'ip', found: 'long' },
    { path: 'aliases.extra', found: {} },
  ])
})

test('what the target adds to a new index is told', async () => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', {})
  clusters.target.script = ({ method, path }) => {
    if (method !== 'PUT' || path !== '/orders') return null
    clusters.target.indexes.set('orders', { aliases: { 'from-template': {} } })
    return { status: 200, body: { acknowledged: true } }
  }
  const report = recorder()

  const result = await start(clusters, { report })

  expect(report.outcomes()).toEqual({ 'index orders': 'warning create' })
  expect(result.items.index).toEqual({ ok: 0, skipped: 0, warning: 1, failed: 0 })
})

test.each<[string, unknown, boolean, string]>([
  ['an answer without acknowledgement, and the index is there', { acknowledged: false }, true, 'ok create'],
  ['an answer without acknowledgement, and it is not', { acknowledged: false }, false, 'failed refused'],
  ['an answer that is a web page, and the index is there', '<html>', true, 'ok create'],
  ['an answer that is a web page, and it is not', '<html>', false, 'failed refused'],
  [
    'an error in an answer of status 200',
    { error: { type: 'x', reason: 'y' }, status: 500 },
    false,
    'failed refused',
  ],
])('%s: the target is looked at before anything is said', async (_, body, arrives, outcome) => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', {})
  clusters.target.script = ({ method }) => {
    if (method !== 'PUT') return null
    if (arrives) clusters.target.indexes.set('orders', {})
    return { status: 200, body }
  }
  const report = recorder()

  await start(clusters, { report })

  expect(report.outcomes()).toEqual({ 'index orders': outcome })
})

test('templates that lean on what failed are not tried', async () => {
  const clusters = pairOf()
  clusters.source.components.set('c', { template: {} })
  clusters.source.indexTemplates.set('i', { index_patterns: ['i-*'], composed_of: ['c'] })
  clusters.source.indexTemplates.set('j', { index_patterns: ['j-*'], composed_of: ['nowhere'] })
  clusters.target.script = ({ path }) => (path === '/_component_template/c' ? refusal('no') : null)
  const report = recorder()

  await start(clusters, { report })

  expect(clusters.target.puts).toEqual(['/_component_template/c'])
  expect(report.issues.map(({ code, scope }) => `${code} ${scope}`).sort()).toEqual([
    'dependency_failed indexTemplate:i',
    'dependency_missing indexTemplate:j',
  ])
})

test('a pipeline with a processor the target lacks is refused, however deep it is', async () => {
  const clusters = pairOf()
  clusters.source.pipelines.set('p', {
    processors: [{ foreach: { field: 'a', processor: { set: { on_failure: [{ enrich: {} }] } } } }],
  })
  clusters.source.indexes.set('orders', { settings: { default_pipeline: 'p' } })
  const report = recorder()

  await start(clusters, { report })

  expect(report.outcomes()).toEqual({
    'index orders': 'warning create',
    'ingestPipeline p': 'failed refused',
  })
  expect(report.found('ingestPipeline', 'p').detail.message).toContain('enrich')
  expect(report.found('index', 'orders').detail.message).toContain(
    'default_pipeline "p" is not on the target',
  )
})

test.each<[string, MetadataAssignment['params']]>([
  ['a literal', { selection: { include: ['orders', 'nowhere'] } }],
  ['a glob', { selection: { include: ['no*'] } }],
  ['an include that an exclude empties', { selection: { include: ['orders'], exclude: ['ord*'] } }],
  ['a template', { templates: { include: ['nowhere'] } }],
  ['a pipeline', { pipelines: { include: ['nowhere'] } }],
])('%s that matches nothing is an error before the first write', async (_, params) => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', {})
  clusters.source.templates.set('t', { index_patterns: ['t-*'] })

  await expect(start(clusters, { params })).rejects.toMatchObject({ code: 'selection_matches_nothing' })

  expect(clusters.target.puts).toEqual([])
})

test('a pattern that matches nothing is told where that is allowed', async () => {
  const clusters = pairOf()

  const result = await start(clusters, { params: { selection: { include: ['no*'] }, allowEmpty: true } })

  expect(result.unmatched).toEqual([{ selection: 'selection', pattern: 'no*' }])
})

test('what is left out is told with its reason, the first ones by name and the rest by number', async () => {
  const clusters = pairOf()
  for (let at = 0; at < 1_000; at++) clusters.source.indexes.set(`.system-${at}`, {})
  clusters.source.indexes.set('orders', {})
  clusters.source.indexes.set('secret', {})
  const report = recorder()

  const result = await start(clusters, { report, params: { selection: { exclude: ['secret'] } } })

  expect(result.skippedNotListed).toBe(801)
  expect([...report.items.values()].filter(({ outcome }) => outcome === 'skipped')).toHaveLength(200)
  expect(
    report.issues.filter(({ code }) => code === 'skipped_not_listed').map(({ evidence }) => evidence.count),
  ).toEqual([800, 1])
  expect(clusters.target.puts).toEqual(['/orders'])
})

test('only what is asked for is done again, an alias with its index', async () => {
  const clusters = pairOf()
  for (const name of ['a', 'b', 'c'])
    clusters.source.indexes.set(name, { aliases: { [`${name}-alias`]: {} } })

  await start(clusters, {
    only: [
      { kind: 'index', name: 'a' },
      { kind: 'alias', name: 'b/b-alias' },
    ],
  })

  expect(clusters.target.puts.sort()).toEqual(['/a', '/b'])
})

test('what was told before a crash is not done again', async () => {
  const clusters = pairOf()
  for (const name of ['a', 'b']) clusters.source.indexes.set(name, {})
  clusters.source.templates.set('t', { index_patterns: ['t-*'] })
  const report = recorder()

  await start(clusters, {
    report,
    finished: [
      { kind: 'index', name: 'a' },
      { kind: 'legacyTemplate', name: 't' },
    ],
  })

  expect(clusters.target.puts).toEqual(['/b'])
  expect(report.outcomes()).toEqual({ 'index b': 'ok create' })
})

test('source and target that are one cluster are told apart from two', async () => {
  const clusters = {
    source: new FakeCluster('opensearch', '2.19.4', 'same'),
    target: new FakeCluster('opensearch', '2.19.4', 'same'),
  }

  await expect(start(clusters)).rejects.toMatchObject({ code: 'source_is_target' })
})

test('a pair of versions that is not supported is refused', async () => {
  const clusters = {
    source: new FakeCluster('opensearch', '3.4.0'),
    target: new FakeCluster('opensearch', '2.19.4'),
  }

  await expect(start(clusters)).rejects.toMatchObject({
    code: 'unsupported_version_pair',
    remedy: expect.any(String),
  })
})

test('a stop ends the run within a second, and results of writes under way are kept', async () => {
  const clusters = pairOf()
  for (let at = 0; at < 100; at++) clusters.source.indexes.set(`i-${at}`, {})
  const stop = new AbortController()
  const report = recorder()
  clusters.target.script = async ({ method }) => {
    if (method === 'PUT') await new Promise((resolve) => setTimeout(resolve, 150))
    return null
  }
  setTimeout(() => stop.abort(new Error('stopped by a person')), 400)
  const started = performance.now()

  await expect(start(clusters, { report, signal: stop.signal })).rejects.toThrow('stopped by a person')

  expect(performance.now() - started).toBeLessThan(1_400)
  expect(clusters.target.puts.length).toBeLessThan(40)
  expect(report.items.size).toBe(clusters.target.puts.length)
})

test('a stop does not wait for a target that is silent', async () => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', {})
  const stop = new AbortController()
  clusters.target.script = ({ method }) => (method === 'PUT' ? new Promise(() => undefined) : null)
  setTimeout(() => stop.abort(new Error('stopped')), 200)
  const started = performance.now()

  await expect(start(clusters, { signal: stop.signal })).rejects.toThrow('stopped')

  expect(performance.now() - started).toBeLessThan(1_200)
})

test("a user's transform changes, splits and drops; what it did is recorded", async () => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', { settings: { refresh_interval: '1s' } })
  clusters.source.indexes.set('split', {})
  clusters.source.indexes.set('drop', {})
  const code = `(item) => {
    if (item.name === 'drop') return null
    if (item.name === 'split') return [{ ...item, name: 'one' }, { ...item, name: 'two' }]
    if (item.type === 'index') item.body.settings.refresh_interval = '9s'
    return item
  }`
  const report = recorder()

  await start(clusters, { report, params: { transforms: [{ name: 'mine', code }] } })

  expect(report.outcomes()).toEqual({
    'index drop': 'skipped skip',
    'index one': 'ok create',
    'index orders': 'ok create',
    'index two': 'ok create',
  })
  expect(report.found('index', 'orders').detail.changes).toEqual([
    {
      path: 'settings.refresh_interval',
      change: 'changed',
      from: '1s',
      to: '9s',
      rule: 'user-transform',
      reason: expect.any(String),
    },
  ])
})

test.each([
  ['throws', '() => { throw new Error("no") }', 'transform_failed'],
  ['loops for ever', '() => { for (;;) {} }', 'transform_failed'],
  ['returns another kind', '(item) => ({ ...item, type: "indexTemplate" })', 'transform_result'],
  ['gives two sources one name', '(item) => ({ ...item, name: "same" })', 'name_taken'],
  ['gives a name no index can bear', '(item) => ({ ...item, name: item.name + "/.." })', 'index_name'],
  ['gives settings that are no object', '(item) => ({ ...item, body: { settings: 1 } })', 'body_malformed'],
])('a transform that %s fails its item with a reason', async (_, code, issue) => {
  const clusters = pairOf()
  clusters.source.indexes.set('a', {})
  clusters.source.indexes.set('b', {})
  const report = recorder()

  const result = await start(clusters, { report, params: { transforms: [{ name: 'mine', code }] } })

  expect(result.items.index?.failed).toBeGreaterThanOrEqual(1)
  expect(report.issues.map(({ code }) => code)).toContain(issue)
  for (const told of report.issues) v.parse(IssueReport, told)
})

test('numbers beyond 2^53 reach the target digit by digit, also through a transform', async () => {
  const big = '{"mappings":{"_meta":{"n":9007199254740993,"m":12345678901234567890}}}'
  const clusters = pairOf()
  clusters.source.indexes.set('orders', {})
  clusters.source.script = ({ path }) =>
    path.endsWith('/_mapping') ? { status: 200, body: `{"orders":${big}}` } : null

  await start(clusters, { params: { transforms: [{ name: 'same', code: '(item) => item' }] } })

  const put = clusters.target.sent.find(({ method }) => method === 'PUT')
  expect(String(put?.body)).toContain('"n":9007199254740993,"m":12345678901234567890')
})

test('a list that is denied is told as unknown, never as none', async () => {
  const clusters = pairOf()
  clusters.source.script = ({ path }) => {
    if (path === '/_ilm/policy')
      return {
        status: 403,
        body: {
          error: {
            type: 'security_exception',
            reason: 'action [cluster:admin/ilm/get] is unauthorized for user [u]',
          },
          status: 403,
        },
      }
    return path === '/_snapshot' ? { status: 200, body: { backups: {} } } : null
  }
  const report = recorder()

  const result = await start(clusters, { report })

  expect(result.notMigrated).toEqual([
    {
      kind: 'ilm',
      title: 'index lifecycle policies',
      count: null,
      names: [],
      unknown: expect.stringContaining('cluster:admin/ilm/get'),
    },
    {
      kind: 'snapshot_repositories',
      title: 'snapshot repositories',
      count: 1,
      names: ['backups'],
      unknown: null,
    },
  ])
  expect(report.issues.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
    'not_migrated_ilm warning',
    'not_migrated_snapshot_repositories info',
  ])
})

test('a source that does not let templates be read fails the run with the permission it lacks', async () => {
  const clusters = pairOf()
  clusters.source.script = ({ path }) =>
    path === '/_template'
      ? refusal(
          'no permissions for [indices:admin/template/get] and User [name=u]',
          'security_exception',
          403,
        )
      : null

  await expect(start(clusters)).rejects.toMatchObject({
    kind: '403',
    message: expect.stringContaining('indices:admin/template/get'),
  })
})

test('a mapping of 10,000 fields passes, and its report stays small', async () => {
  const clusters = pairOf()
  const properties = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, at) => [`field_${at}`, { type: 'flattened' }]),
  )
  clusters.source.indexes.set('wide', { mappings: { properties } })
  const report = recorder()

  await start(clusters, { report })

  expect(report.outcomes()).toEqual({ 'index wide': 'ok create' })
  expect(JSON.stringify(report.found('index', 'wide')).length).toBeLessThan(100_000)
  expect(report.artifacts.get('metadata-items.ndjson')?.length).toBeGreaterThan(1_000_000)
})

test('a mapping that nests without end is refused', async () => {
  const clusters = pairOf()
  const deep = `${'{"properties":{"a":'.repeat(2_000)}{"type":"ip"}${'}}'.repeat(2_000)}`
  clusters.source.indexes.set('deep', {})
  clusters.source.script = ({ path }) =>
    path.endsWith('/_mapping') ? { status: 200, body: `{"deep":{"mappings":${deep}}}` } : null
  const report = recorder()

  await start(clusters, { report })

  expect(report.outcomes()).toEqual({ 'index deep': 'failed refused' })
  expect(report.issues.map(({ code }) => code)).toEqual(['body_too_deep'])
})

test.each(['..', 'a/b', '_all', '-a', 'a,b', 'a*'])(
  'an index that the source calls %s reaches no path of the target',
  async (name) => {
    const clusters = pairOf()
    clusters.source.indexes.set(name, {})
    clusters.source.indexes.set('orders', {})
    const report = recorder()

    await start(clusters, {
      report,
      params: { selection: { include: ['regex:.*', 'regex:\\.\\.'], exclude: [] }, allowEmpty: true },
    })

    expect(report.outcomes()).toEqual({ [`index ${name}`]: 'failed refused', 'index orders': 'ok create' })
    expect(
      clusters.target.sent.every(
        ({ path }) => !decodeURIComponent(path).split('/').includes(name) || path.startsWith('/_all'),
      ),
    ).toBe(true)
    expect(clusters.target.puts).toEqual(['/orders'])
  },
)

const awareness = {
  'cluster.routing.allocation.awareness.attributes': 'zone',
  'cluster.routing.allocation.awareness.force.zone.values': ['a', 'b', 'c'],
}

test.each<[string, object, MetadataAssignment['params'], string]>([
  [
    "the target's own zones",
    { ...awareness, 'cluster.routing.allocation.awareness.balance': 'true' },
    {},
    '2',
  ],
  ['no zones where the target does not insist', awareness, {}, '1'],
  [
    "the user's word over the target's",
    { ...awareness, 'cluster.routing.allocation.awareness.balance': 'true' },
    { awarenessAttributes: 2 },
    '1',
  ],
])('replicas are rounded up to %s', async (_, persistent, params, replicas) => {
  const clusters = pairOf()
  clusters.source.indexes.set('orders', { settings: { number_of_replicas: '1' } })
  clusters.target.script = ({ path }) =>
    path === '/_cluster/settings' ? { status: 200, body: { persistent } } : null

  await start(clusters, { params })

  expect(clusters.target.indexes.get('orders')?.settings).toEqual({ number_of_replicas: replicas })
})

test('names of a hundred thousand dots neither end the run nor hold it up', async () => {
  const clusters = pairOf()
  const dots = `a${'.a'.repeat(100_000)}`
  clusters.source.indexes.set('dots', {
    settings: { [dots]: '1' },
    mappings: { properties: { [dots]: { type: 'ip' } } },
  })
  const report = recorder()

  await start(clusters, { report })

  expect(report.outcomes()).toEqual({ 'index dots': 'ok create' })
})
