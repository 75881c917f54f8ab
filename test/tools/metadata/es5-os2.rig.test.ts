import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../../rigs/engines.ts'
import { wipe } from '../../rigs/wipe.ts'
import { ask, indexesOf, member, migrate, templatesOf } from './rig.ts'

const rigs = await needs('es5', 'os2')
const prefix = 'mdfive-'
const zero = { number_of_shards: 1, number_of_replicas: 0 }

describe.skipIf(!rigs.available)(
  'from Elasticsearch 5.6 with several types per index to OpenSearch 2.19',
  () => {
    const source = rigs.es5.url
    const target = rigs.os2.url

    beforeAll(async () => {
      await Promise.all([wipe(source, prefix), wipe(target, prefix)])
      await seed(source)
    })
    afterAll(() => Promise.all([wipe(source, prefix), wipe(target, prefix)]))

    test('types unite, parents become joins, conflicts are refused and never overwritten', async () => {
      const { report } = await migrate(source, target, prefix)

      const indexes = await indexesOf(target, prefix)
      expect(member(member(indexes, `${prefix}both`), 'mappings')).toEqual({
        properties: { name: { type: 'text' }, price: { type: 'double' }, stock: { type: 'long' } },
      })
      expect(member(member(indexes, `${prefix}family`), 'mappings')).toMatchObject({
        _routing: { required: true },
        properties: { parent_join: { type: 'join', relations: { shop: 'sale' } } },
      })
      expect(report.outcomes()).toMatchObject({
        [`index ${prefix}both`]: 'ok create',
        [`index ${prefix}family`]: 'warning create',
        [`index ${prefix}clash`]: 'failed refused',
        [`alias ${prefix}clash/${prefix}clashing`]: 'failed refused',
      })
      expect(report.issues).toContainEqual(
        expect.objectContaining({
          code: 'multi_type_conflict',
          severity: 'error',
          scope: `index:${prefix}clash`,
        }),
      )
      const [conflict] = report.issues.filter(({ code }) => code === 'multi_type_conflict')
      expect(conflict?.evidence.conflicts).toMatchObject([{ path: 'dynamic' }, { path: 'properties.k' }])
      expect(Object.keys(indexes)).not.toContain(`${prefix}clash`)
    })

    test('a template says its pattern in the new way', async () => {
      expect((await templatesOf(target, prefix)).legacy).toEqual({
        [`${prefix}old`]: {
          order: 2,
          index_patterns: [`${prefix}logs-*`],
          settings: { index: { number_of_shards: '1' } },
          mappings: { properties: { a: { type: 'keyword' }, b: { type: 'text' } } },
          aliases: { [`${prefix}logs`]: {} },
        },
      })
    })

    test('a second migration changes nothing and says so', async () => {
      const { report } = await migrate(source, target, prefix)

      const outcomes = Object.values(report.outcomes()).filter(
        (outcome) => !/^(skipped|failed)/.test(outcome),
      )
      expect(new Set(outcomes)).toEqual(new Set(['ok unchanged']))
    })

    test('a conflict is solved by sending the types to two indexes', async () => {
      const multiTypes = {
        static: { [`${prefix}clash`]: { one: `${prefix}clash-one`, two: `${prefix}clash-two` } },
      }

      const { report } = await migrate(source, target, prefix, {
        params: { selection: { include: [`${prefix}clash`] }, multiTypes },
      })

      expect(report.outcomes()).toMatchObject({
        [`index ${prefix}clash-one`]: 'ok create',
        [`index ${prefix}clash-two`]: 'ok create',
      })
      const indexes = await indexesOf(target, `${prefix}clash`)
      expect(member(member(indexes, `${prefix}clash-one`), 'mappings')).toEqual({
        properties: { a: { type: 'long' }, k: { type: 'keyword', ignore_above: 10 } },
      })
    })
  },
)

async function seed(url: string): Promise<void> {
  const put = (path: string, body: unknown) => ask(url, 'PUT', path, body)
  await put(`/${prefix}both`, {
    settings: zero,
    mappings: {
      product: {
        _all: { enabled: false },
        properties: { name: { type: 'text', include_in_all: false }, price: { type: 'double' } },
      },
      store: { properties: { name: { type: 'text', include_in_all: false }, stock: { type: 'long' } } },
    },
  })
  await put(`/${prefix}family`, {
    settings: zero,
    mappings: { shop: {}, sale: { _parent: { type: 'shop' } } },
  })
  await put(`/${prefix}clash`, {
    settings: zero,
    mappings: {
      one: { properties: { a: { type: 'long' }, k: { type: 'keyword', ignore_above: 10 } } },
      two: {
        dynamic: 'strict',
        properties: { a: { type: 'long' }, k: { type: 'keyword', ignore_above: 20 } },
      },
    },
    aliases: { [`${prefix}clashing`]: {} },
  })
  await put(`/_template/${prefix}old`, {
    template: `${prefix}logs-*`,
    order: 2,
    settings: { number_of_shards: 1 },
    mappings: {
      one: { properties: { a: { type: 'keyword' } } },
      two: { properties: { b: { type: 'text' } } },
    },
    aliases: { [`${prefix}logs`]: {} },
  })
}
