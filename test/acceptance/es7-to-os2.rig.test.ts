// The new user's path of the README, on two clusters of their own: everything that is there, nothing selected.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, missingFor, startEngine } from '../rigs/engine.ts'
import { byPlace, type Difference, differences, readMetadata } from './compare.ts'
import {
  cluster,
  expectStatus,
  givenSession,
  type Loose,
  listItems,
  moveMetadata,
  startUser,
  type User,
} from './journey.ts'
import { putAll, send } from './reach.ts'
import { shop, shopAliases, shopIndexes } from './shop-es7.ts'

const missing = (await missingFor('es7')) ?? (await missingFor('os2'))
if (missing && process.env.REQUIRE_RIGS === '1')
  throw new Error(`REQUIRE_RIGS=1, but this suite needs ${missing}`)

/** All that may differ between the clusters, and why. */
const expected: Difference[] = [
  // Every index of OpenSearch says how it replicates.
  ...shopIndexes.map((name) => ({
    object: `index ${name}`,
    path: 'settings.index.replication.type',
    target: 'DOCUMENT',
  })),
  // Elasticsearch keeps this of the index that was closed.
  { object: 'index bare', path: 'settings.index.verified_before_close', source: 'true' },
  // OpenSearch has no indexes without soft deletes.
  { object: 'index hard-deletes', path: 'settings.index.soft_deletes.enabled', source: 'false' },
]

describe.skipIf(missing)('a shop on Elasticsearch 7.10.2 moved to OpenSearch 2.19', () => {
  let source: Engine
  let target: Engine
  let user: User & { close(): Promise<void> }
  const everything = () => true

  beforeAll(async () => {
    ;[source, target, user] = await Promise.all([startEngine('es7'), startEngine('os2'), startUser()])
    await putAll(source, shop)
    await send(source, 'POST', '/bare/_close')
  })
  afterAll(() => Promise.all([source?.stop(), target?.stop(), user?.close()]))

  test('takes a session, a config and two tested connections', async () => {
    await givenSession(user, 'shop', { source: cluster(source.url), target: cluster(target.url) })

    const tests = await Promise.all(
      ['source', 'target'].map((role) => user.call('POST', `/sessions/shop/clusters/${role}/test`)),
    )

    expect(tests.map(({ body }) => [body.result, body.version.label])).toEqual([
      ['ok', 'ES 7.10.2'],
      ['ok', 'OS 2.19.4'],
    ])
  })

  test('is evaluated without a write', async () => {
    const before = await readMetadata(target, everything)

    const status = await moveMetadata(user, 'shop', { dryRun: true })

    expect(status).toMatchObject({ status: 'Completed', progress: { percent: 100 }, items: { failed: 0 } })
    expect(status.artifacts.length).toBeGreaterThan(0)
    expect(differences(before, await readMetadata(target, everything))).toEqual([])
  })

  test('arrives whole, but for what is stated here', async () => {
    const status = await moveMetadata(user, 'shop', { dryRun: false })

    expect(status).toMatchObject({ status: 'Completed', progress: { percent: 100 }, items: { failed: 0 } })
    const found = differences(await readMetadata(source, everything), await readMetadata(target, everything))
    expect(found).toEqual(expected.sort(byPlace))
  })

  test('says of each thing what was done, and which of its keys were left out', async () => {
    const { run, artifacts } = await latest()

    const items = await listItems(user, run.id)

    const told = items.filter(({ kind }) => kind !== 'alias').map(({ kind, name }) => `${kind} ${name}`)
    expect(told.sort()).toEqual([...(await readMetadata(source, everything)).keys()].map(asItem).sort())
    expect(items.filter(({ kind }) => kind === 'alias').map(({ name }) => name)).toEqual(shopAliases)
    expect(find(items, 'hard-deletes').detail.changes).toContainEqual(
      expect.objectContaining({ path: 'settings.soft_deletes.enabled', change: 'removed', from: 'false' }),
    )
    expect(find(items, 'bare')).toMatchObject({ outcome: 'warning', detail: { action: 'create' } })
    expect(items.filter(({ outcome }) => outcome !== 'ok').map(({ name }) => name)).toEqual(['bare'])
    const { href, size } = artifacts.find(({ name }: Loose) => name === 'metadata-items.ndjson')
    const file = await expectStatus(200, user.call('GET', href))
    expect(Buffer.byteLength(file)).toBe(size)
    expect(file.trim().split('\n').map(JSON.parse)).toHaveLength(items.length)
  })

  test('changes nothing when it is migrated again, and says so', async () => {
    const before = await readMetadata(target, everything)

    const status = await moveMetadata(user, 'shop', { dryRun: false })

    expect(status).toMatchObject({ status: 'Completed', items: { failed: 0 } })
    const items = await listItems(user, status.run.id)
    expect(items.map(({ detail }) => detail.action)).toEqual(items.map(() => 'unchanged'))
    const after = await readMetadata(target, everything)
    expect(after).toEqual(before)
  })

  const latest = () => expectStatus(200, user.call('GET', '/sessions/shop/metadata/latest_status'))
})

const asItem = (object: string) => object.replace(/^pipeline /, 'ingestPipeline ')

function find(items: Loose[], name: string): Loose {
  return items.find((item) => item.kind === 'index' && item.name === name)
}
