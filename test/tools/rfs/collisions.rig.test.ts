// Two documents of the source under one id of the target: of two types, or of two routings in one shard.
import { afterAll, describe, expect, test } from 'vitest'
import { needs } from '../../rigs/engines.ts'
import { ask, openEngine, TruthIndex, takeSnapshot } from '../snapshot/source-engine.ts'
import { load } from './load.ts'

const target = await needs('os2')
const url = target.os2.url
const names: string[] = []

afterAll(async () => {
  for (const name of names) await fetch(`${url}/${name}`, { method: 'DELETE' })
})

async function aTarget(name: string) {
  names.push(name)
  await ask(url, 'PUT', `/${name}`, {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { dynamic: false },
  })
}

const config = (path: string) => ({
  repository: { type: 'fs', path },
  snapshot: 'snap',
  target: { endpoint: url },
  plan: { batchBytes: 1_024 },
})

const es7 = await needs('es7')
describe.skipIf(!es7.available || !target.available)('ids of es7 under several routings', () => {
  test('the second of two in one shard of the target is rejected and named', async () => {
    const engine = await openEngine(es7.es7)
    const source = new TruthIndex(engine, `rfs-routed-${process.pid}`)
    await source.create({ number_of_shards: 8 }, {}, { dynamic: false })
    for (const routing of ['a', 'b', 'c', 'd'])
      await source.bulk(
        Array.from({ length: 50 }, (_, i) => ({
          id: `r${i}`,
          routing,
          body: `{"from":"${routing}","i":${i}}`,
        })),
      )
    await source.flush()
    const live = (
      await ask<{ count: number }>(es7.es7.url, 'POST', `/${source.name}/_refresh`).then(() =>
        ask<{ count: number }>(es7.es7.url, 'GET', `/${source.name}/_count`),
      )
    ).count
    const repository = await takeSnapshot(engine, [source.name])
    await ask(es7.es7.url, 'DELETE', `/${source.name}`)
    await aTarget(source.name)

    const { code, lines, failed } = await load(config(repository))

    expect(live).toBeGreaterThan(50)
    expect(code).toBe(1)
    expect(failed).toHaveLength(live - 50)
    expect(new Set(failed.map(({ errorType }) => errorType))).toEqual(new Set(['id_collision']))
    expect(failed.every(({ routing, source: body }) => JSON.parse(String(body)).from === routing)).toBe(true)
    expect(lines.at(-1)).toMatchObject({
      agree: true,
      indexes: [{ count: 50, accounting: { expected: live, written: 50, rejected: live - 50 } }],
    })
  })
})

const es5 = await needs('es5')
describe.skipIf(!es5.available || es5.es5.repo === '' || !target.available)(
  'types and parents of es5',
  () => {
    test('the second of two types with one id is rejected and named', async () => {
      const engine = await openEngine(es5.es5)
      const source = new TruthIndex(engine, `rfs-typed-${process.pid}`, 'one')
      await source.create({ number_of_shards: 2 })
      const bodies = (type: string, from: number) =>
        Array.from({ length: 100 }, (_, i) => ({ type, id: `t${from + i}`, body: `{"type":"${type}"}` }))
      await source.bulk(bodies('one', 0))
      await source.bulk(bodies('two', 60))
      await source.flush()
      const repository = await takeSnapshot(engine, [source.name])
      await ask(es5.es5.url, 'DELETE', `/${source.name}`)
      await aTarget(source.name)

      const { lines, failed } = await load(config(repository))

      expect(failed).toHaveLength(40)
      expect(new Set(failed.map(({ errorType }) => errorType))).toEqual(new Set(['id_collision']))
      expect(failed.every(({ type, source: body }) => JSON.parse(String(body)).type === type)).toBe(true)
      expect(lines.at(-1)).toMatchObject({
        agree: true,
        indexes: [{ count: 160, accounting: { expected: 200, written: 160, rejected: 40 } }],
      })
    })

    test('a child is routed by its parent', async () => {
      const engine = await openEngine(es5.es5)
      const source = new TruthIndex(engine, `rfs-parent-${process.pid}`, 'child')
      await ask(es5.es5.url, 'PUT', `/${source.name}`, {
        settings: { number_of_shards: 1 },
        mappings: { parent: {}, child: { _parent: { type: 'parent' } } },
      })
      await source.put({ type: 'parent', id: 'p', body: '{"p":1}' })
      await source.put({ id: 'c', parent: 'p', body: '{"c":1}' })
      await source.flush()
      const repository = await takeSnapshot(engine, [source.name])
      await ask(es5.es5.url, 'DELETE', `/${source.name}`)
      await aTarget(source.name)

      expect(await load(config(repository))).toMatchObject({ code: 0 })
      expect(await ask(url, 'GET', `/${source.name}/_doc/c?routing=p`)).toMatchObject({
        _routing: 'p',
        _source: { c: 1 },
      })
    })
  },
)
