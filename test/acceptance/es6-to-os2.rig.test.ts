// The same path from Elasticsearch 6.8, where every mapping stands under a type with a name of its own.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../rigs/engines.ts'
import { wipe } from '../rigs/wipe.ts'
import { byPlace, type Difference, differences, readMetadata, withoutTypes } from './compare.ts'
import { cluster, givenSession, listItems, moveMetadata, startUser, type User } from './journey.ts'
import { prefix, press, pressIndexes } from './press-es6.ts'
import { putAll } from './reach.ts'

const rigs = await needs('es6', 'os2')

/** What OpenSearch calls otherwise, or no longer has, of the articles. */
const ofArticles: Omit<Difference, 'object'>[] = [
  { path: 'mappings.properties.weekday.format', source: "xxxx-'W'ww-e", target: "YYYY-'W'ww-e" },
  {
    path: 'settings.index.analysis.analyzer.article.filter',
    source: ['standard', 'lowercase', 'stop_words'],
    target: ['lowercase', 'stop_words'],
  },
  {
    path: 'settings.index.analysis.filter.payload.type',
    source: 'delimited_payload_filter',
    target: 'delimited_payload',
  },
  { path: 'settings.index.analysis.tokenizer.edges.type', source: 'edgeNGram', target: 'edge_ngram' },
  { path: 'settings.index.analysis.tokenizer.grams.type', source: 'nGram', target: 'ngram' },
  { path: 'settings.index.mapper.dynamic', source: 'true' },
]

const ofLetters: Omit<Difference, 'object'>[] = [
  { path: 'mappings._all.enabled', source: false },
  { path: 'mappings.properties.at.format', source: 'YYYY/MM/dd', target: 'yyyy/MM/dd' },
  { path: 'settings.index.translog.retention.age', source: '6h' },
  { path: 'settings.index.translog.retention.size', source: '300mb' },
]

/** All that may differ between the clusters, beside the types themselves. */
const expected: Difference[] = [
  ...ofArticles.map((row) => ({ object: `legacyTemplate ${prefix}-articles`, ...row })),
  ...ofArticles.map((row) => ({ object: `index ${prefix}-articles-2018`, ...row })),
  ...ofLetters.map((row) => ({ object: `index ${prefix}-letters`, ...row })),
  // Every index of OpenSearch says how it replicates.
  ...pressIndexes.map((name) => ({
    object: `index ${name}`,
    path: 'settings.index.replication.type',
    target: 'DOCUMENT',
  })),
]

describe.skipIf(!rigs.available)('a newspaper on Elasticsearch 6.8 moved to OpenSearch 2.19', () => {
  const { es6, os2 } = rigs
  const isOurs = (name: string) => name.startsWith(prefix)
  const only = { include: [`${prefix}-*`] }
  const metadata = { templates: only, pipelines: only }
  let user: User & { close(): Promise<void> }

  beforeAll(async () => {
    await Promise.all([wipe(es6, prefix), wipe(os2, prefix)])
    await putAll(es6, press)
    user = await startUser()
    await givenSession(user, 'press', {
      source: cluster(es6.url),
      target: cluster(os2.url),
      selection: only,
      metadata,
    })
  })
  afterAll(async () => {
    await user?.close()
    await Promise.all([wipe(es6, prefix), wipe(os2, prefix)])
  })

  test('can be moved, says the evaluation, and writes nothing', async () => {
    const status = await moveMetadata(user, 'press', { dryRun: true })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    expect([...(await readMetadata(os2, isOurs)).keys()]).toEqual([])
  })

  test('arrives whole, but for what is stated here', async () => {
    const status = await moveMetadata(user, 'press', { dryRun: false })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    const found = differences(withoutTypes(await readMetadata(es6, isOurs)), await readMetadata(os2, isOurs))
    expect(found).toEqual(expected.sort(byPlace))
  })

  test('changes nothing when it is migrated again, and says so', async () => {
    const before = await readMetadata(os2, isOurs)

    const status = await moveMetadata(user, 'press', { dryRun: false })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    const items = await listItems(user, status.run.id)
    const acted = items.filter(({ detail }) => detail.action !== 'skip')
    expect(acted.length).toBeGreaterThan(pressIndexes.length)
    expect(acted.map(({ name, detail }) => [name, detail.action])).toEqual(
      acted.map(({ name }) => [name, 'unchanged']),
    )
    expect(await readMetadata(os2, isOurs)).toEqual(before)
  })
})
