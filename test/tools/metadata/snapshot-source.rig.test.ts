// Metadata from a snapshot against metadata from the cluster that took it: the same objects, the same target.
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterConnector } from '../../../shared/cluster/connect.ts'
import { parseVersionText as version } from '../../../shared/cluster/version.ts'
import type { ClusterVersion } from '../../../shared/domain/cluster.ts'
import type { SnapshotSource } from '../../../shared/domain/metadata.ts'
import { type JsonObject, objectAt, toText } from '../../../tools/metadata/json.ts'
import { liveOrigin } from '../../../tools/metadata/live-source.ts'
import { settingsTree } from '../../../tools/metadata/settings-tree.ts'
import { snapshotOrigin } from '../../../tools/metadata/snapshot-source.ts'
import type { Origin, SourceObject } from '../../../tools/metadata/source.ts'
import { needs } from '../../rigs/engines.ts'
import { wipe } from '../../rigs/wipe.ts'
import { type Engine, openEngine, takeSnapshot } from '../snapshot/source-engine.ts'
import { recorder } from './recorder.ts'
import { ask, indexesOf, migrate, templatesOf } from './rig.ts'

const prefix = 'mdsnap-'
const never = new AbortController().signal
const connector = clusterConnector({ allowLoopback: true })

const live = (url: string) =>
  liveOrigin(connector.connect({ role: 'source', endpoint: url, credentials: { type: 'none' } }), never)
/** A pattern reaches no closed index, so that one is named; before Elasticsearch 7 no snapshot takes it. */
const ours = (engine: Engine) => (takesClosed(engine) ? [`${prefix}*`, `${prefix}shut`] : [`${prefix}*`])
const takesClosed = ({ product, major }: Engine) => product === 'os' || major >= 7
const fromFolder = (path: string): SnapshotSource => ({ repository: { type: 'fs', path }, snapshot: 'snap' })

/** Everything of ours that a source tells, settings in one form, big integers in digits. */
async function everything(origin: Origin): Promise<{ version: ClusterVersion; objects: unknown[] }> {
  const found = await origin.version()
  const source = origin.open(found)
  const names = (await source.indexNames()).filter((name) => name.startsWith(prefix))
  const indexes: SourceObject[][] = []
  for await (const batch of source.indexes(names)) indexes.push(batch)
  const others = await Promise.all([
    source.pipelines(),
    source.legacyTemplates(),
    source.componentTemplates(),
    source.indexTemplates(),
  ])
  await origin.close()
  const objects = [...others.flat(), ...indexes.flat()]
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ kind, name, typed, closed = false, body }) => ({ kind, name, typed, closed, body: plain(body) }))
  return { version: found, objects }
}

function plain(body: JsonObject): unknown {
  const settings = (holder: JsonObject) =>
    holder.settings === undefined ? {} : { settings: settingsTree(objectAt(holder, 'settings')) }
  const template = objectAt(body, 'template')
  const inner = typeof body.template === 'object' ? { template: { ...template, ...settings(template) } } : {}
  return JSON.parse(toText({ ...body, ...settings(body), ...inner }))
}

describe.each(['es5', 'es6', 'es7', 'es717', 'es8', 'os1', 'os2', 'os3'] as const)('%s', async (name) => {
  const rigs = await needs(name)

  test.skipIf(!rigs.available).each([{ compress: false }, { compress: true }])(
    'a snapshot tells what the cluster tells (%o)',
    async (settings) => {
      const engine = await openEngine(rigs[name])
      await wipe(engine.url, prefix)
      await seed(engine)
      const folder = await takeSnapshot(engine, ours(engine), settings)

      const told = await everything(live(engine.url))
      const read = await everything(snapshotOrigin(fromFolder(folder), recorder(), never))

      // From 8.11 on Elasticsearch writes 8.11.0 into its snapshots, whichever release it is.
      expect(read.version).toEqual(name === 'es8' ? version('ES 8.11.0') : told.version)
      expect(read.objects).toEqual(told.objects)
      expect(kindsOf(read.objects)).toEqual(expect.arrayContaining(kindsFor(engine)))
      await Promise.all([wipe(engine.url, prefix), rm(folder, { recursive: true, force: true })])
    },
  )
})

const kindsOf = (objects: unknown[]) => [...new Set(objects.map((object) => Object(object).kind))]

const composable = ({ product, major, minor }: Engine) =>
  product === 'os' || major > 7 || (major === 7 && minor >= 8)

const kindsFor = (engine: Engine) => [
  'ingestPipeline',
  'legacyTemplate',
  'index',
  ...(composable(engine) ? ['componentTemplate', 'indexTemplate'] : []),
]

const to = await needs('es6', 'es7', 'os2')

describe.skipIf(!to.available).each(['es7', 'es6'] as const)('from %s to OpenSearch 2.19', (name) => {
  const source = to[name].url
  const target = to.os2.url
  let folder = ''

  beforeAll(async () => {
    await Promise.all([wipe(source, prefix), wipe(target, prefix)])
    const engine = await openEngine(to[name])
    await seed(engine)
    folder = await takeSnapshot(engine, ours(engine), { compress: true })
  })
  afterAll(() =>
    Promise.all([wipe(source, prefix), wipe(target, prefix), rm(folder, { recursive: true, force: true })]),
  )

  test('the target is the same whichever of the two it came from', async () => {
    const direct = await migrate(source, target, prefix)
    const expected = [await indexesOf(target, prefix), await templatesOf(target, prefix)]
    await wipe(target, prefix)

    const { report, result } = await migrate(fromFolder(folder), target, prefix)

    expect([await indexesOf(target, prefix), await templatesOf(target, prefix)]).toEqual(expected)
    expect(report.outcomes()).toEqual(withoutOthers(direct.report.outcomes()))
    expect(result.clusters.source).toMatchObject({ endpoint: folder, snapshot: 'snap' })
    expect(result.clusters.source.version).toEqual(direct.result.clusters.source.version)
  })

  test('once more changes nothing, and a failed item is done again alone', async () => {
    const { report } = await migrate(fromFolder(folder), target, prefix)
    const again = await migrate(fromFolder(folder), target, prefix, {
      only: [{ kind: 'index', name: `${prefix}shop` }],
    })

    expect(
      new Set(Object.values(report.outcomes()).filter((outcome) => !outcome.startsWith('skipped'))),
    ).toEqual(new Set(['ok unchanged']))
    expect(Object.keys(again.report.outcomes()).filter((key) => key.startsWith('index'))).toEqual([
      `index ${prefix}shop`,
    ])
  })

  test('the cluster that the snapshot is of is no target', async () => {
    await expect(migrate(fromFolder(folder), source, prefix)).rejects.toThrow(/must be OpenSearch|the same/)
  })
})

test.skipIf(!to.available)('global state that was left out is an issue, and indexes go on', async () => {
  const engine = await openEngine(to.es7)
  await Promise.all([wipe(engine.url, prefix), wipe(to.os2.url, prefix)])
  await seed(engine)
  const folder = await takeSnapshot(engine, ours(engine), {}, { globalState: false })

  const { report } = await migrate(fromFolder(folder), to.os2.url, prefix)

  expect(report.issues.filter(({ code }) => code === 'global_state_missing')).toHaveLength(1)
  expect(report.issues.find(({ code }) => code === 'not_migrated_not_in_snapshot')?.message).toContain(
    'without the global state',
  )
  expect(report.found('index', `${prefix}shop`).outcome).toBe('ok')
  expect([...report.items.keys()].filter((key) => /Template|Pipeline/.test(key))).toEqual([])
  await Promise.all([wipe(engine.url, prefix), wipe(to.os2.url, prefix)])
  await rm(folder, { recursive: true, force: true })
})

/** Snapshots hold our indexes and every template; what is not ours is skipped by either source. */
function withoutOthers(outcomes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(outcomes).filter(([key]) => !/^(index|alias) /.test(key) || key.includes(prefix)),
  )
}

async function seed(engine: Engine): Promise<void> {
  const { url, product, major } = engine
  const put = (path: string, body: unknown) => ask(url, 'PUT', path, body)
  const typed = product === 'es' && major < 7
  const mapping = {
    dynamic: 'strict',
    properties: { name: { type: 'keyword' }, at: { type: 'date' }, n: { type: 'long' } },
  }
  const zero = { number_of_shards: 1, number_of_replicas: 0 }
  const big = '{"aliases": {"mdsnap-read": {"filter": {"term": {"n": 9007199254740993}}, "routing": "1"}}}'
  await put(`/${prefix}shop`, {
    settings: {
      ...zero,
      'analysis.analyzer.own': { type: 'custom', tokenizer: 'keyword', filter: ['lowercase'] },
    },
    mappings: typed ? { product: mapping } : mapping,
  })
  if (takesClosed(engine)) {
    await put(`/${prefix}shut`, { settings: zero })
    await ask(url, 'POST', `/${prefix}shut/_close`)
  }
  await put(`/${prefix}plain`, JSON.stringify({ settings: zero }).replace(/}$/, `, ${big.slice(1)}`))
  const patterns =
    product === 'es' && major === 5 ? { template: `${prefix}old-*` } : { index_patterns: [`${prefix}old-*`] }
  await put(`/_template/${prefix}legacy`, {
    ...patterns,
    order: 3,
    version: 60001,
    settings: zero,
    mappings: typed
      ? { product: mapping, ...(major === 5 ? { _default_: { date_detection: false } } : {}) }
      : mapping,
    aliases: { [`${prefix}all`]: { filter: { term: { name: 'a' } } } },
  })
  await put(`/_ingest/pipeline/${prefix}pipe`, {
    description: 'ours',
    // The smallest distributions come without processors.
    processors: [],
  })
  if (!composable(engine)) return
  await put(`/_component_template/${prefix}part`, {
    template: { settings: zero, mappings: mapping, aliases: { [`${prefix}parts`]: {} } },
    _meta: { by: 'test' },
  })
  await put(`/_index_template/${prefix}whole`, {
    index_patterns: [`${prefix}new-*`],
    composed_of: [`${prefix}part`],
    priority: 200,
    template: { mappings: { properties: { more: { type: 'text' } } } },
  })
}
