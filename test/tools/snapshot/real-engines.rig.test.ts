// Snapshots of real engines, read back and held against the bytes that were indexed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines, needs } from '../../rigs/engines.ts'
import { runTool, truthOf } from './run-tool.ts'
import {
  ask,
  type Document,
  type Engine,
  hasTypes,
  noise,
  openEngine,
  TruthIndex,
  takeSnapshot,
} from './source-engine.ts'

for (const name of engines('es7', 'es5', 'es6', 'es717', 'es8', 'os1', 'os2', 'os3')) {
  const rigs = await needs(name)
  const rig = rigs[name]
  describe.skipIf(!rigs.available || rig.repo === '')(`a snapshot of ${name}`, () => {
    const run = `lucene-${process.pid}`
    const made: TruthIndex[] = []
    let engine: Engine
    const anIndex = (suffix: string, type?: string) => {
      const index = new TruthIndex(engine, `${run}-${suffix}`, type)
      made.push(index)
      return index
    }

    beforeAll(async () => {
      engine = await openEngine(rig)
    })
    afterAll(async () => {
      for (const index of made) await ask(rig.url, 'DELETE', `/${index.name}`)
    })

    /** Reads the index back from a snapshot and compares sets; returns what `describe` says of it. */
    async function expectTruth(
      index: TruthIndex,
      settings: Record<string, unknown> = {},
    ): Promise<Record<string, unknown> & { repository: string }> {
      const repository = await takeSnapshot(engine, [index.name], settings)
      const read = await runTool('documents', '--repository', repository)
      expect(read).toMatchObject({ code: 0, errors: [] })
      expect(truthOf(read.lines, index.name)).toEqual(index.lines())

      const described = await runTool('describe', '--repository', repository)
      expect(described.lines[0]).toMatchObject({ documents: index.truth.size, state: 'SUCCESS' })
      const [first] = list(described.lines[0]?.indexes)
      return { ...first, repository }
    }

    test('5,000 documents with updates, deletes and routing in many segments', async () => {
      const index = anIndex('mixed')
      await index.create({ number_of_shards: 2 }, { n: { type: 'long' }, text: { type: 'keyword' } })
      for (let batch = 0; batch < 10; batch++) {
        await index.bulk(Array.from({ length: 500 }, (_, i) => plain(batch * 500 + i)))
        if (batch > 3)
          await index.bulk(
            Array.from({ length: 40 }, (_, i) => ({ ...plain(i * 3), body: body(i * 3, `again ${batch}`) })),
          )
        await index.refresh()
      }
      await index.remove(
        Array.from({ length: 300 }, (_, i) => `id-${i * 7 + ((i * 7) % 5 === 0 ? 1 : 0)}`).filter(
          (id) => index.truth.get(`${index.type}/${id}`)?.routing === undefined,
        ),
      )
      await index.flush()

      const found = await expectTruth(index)

      expect(list(found.shards)).toHaveLength(2)
    })

    test('ids of every kind', async () => {
      const index = anIndex('ids')
      await index.create()
      const ids = [
        '1',
        '0',
        '007',
        '12345678901234567890',
        'abcd',
        'a',
        'ünïcödé-🦊',
        'x'.repeat(512),
        'AE0-Zo4B7T-RS_C5iG5e',
        '_',
        'a#b',
        'with space',
        '____',
        '/slash?',
        'YWJj',
        '-_-_',
        '1a',
        '2147483648',
      ]
      await index.bulk(ids.map((id, i) => ({ id, body: body(i) })))
      await index.flush()

      await expectTruth(index)
    })

    test('source bytes that a parser would change', async () => {
      const index = anIndex('bytes')
      await index.create({}, { x: { type: 'object', enabled: false } })
      const bodies = [
        '{"x":{"a":1.10,"b":1E3,"c":9007199254740993}}',
        '  {\n "x" : { "a":\t"\\u00e9" } }\n',
        '{"x":{"é":"🦊"}}',
        '{}',
      ]
      for (const [i, text] of bodies.entries()) await index.put({ id: `b${i}`, body: text })
      await index.flush()

      await expectTruth(index)
    })

    test('sources that are not JSON are told apart', async () => {
      const index = anIndex('formats')
      await index.create()
      const bodies: [string, string, Uint8Array][] = [
        ['cbor', 'application/cbor', Buffer.from('a1616e01', 'hex')],
        ['smile', 'application/smile', Buffer.from('3a290a01fa806ec2fb', 'hex')],
        ['yaml', 'application/yaml', Buffer.from('---\nn: 1\n')],
      ]
      for (const [id, contentType, bytes] of bodies) await index.put({ id, body: bytes, contentType })
      await index.flush()

      const { repository } = await expectTruth(index)

      const read = await runTool('documents', '--repository', repository)
      expect(read.lines.map((line) => [line.id, line.sourceFormat])).toEqual(
        expect.arrayContaining([
          ['cbor', 'cbor'],
          ['smile', 'smile'],
          ['yaml', 'yaml'],
        ]),
      )
    })

    test('best compression', async () => {
      const index = anIndex('best')
      await index.create({ codec: 'best_compression' })
      for (let batch = 0; batch < 3; batch++) {
        await index.bulk(Array.from({ length: 700 }, (_, i) => plain(batch * 700 + i)))
        await index.refresh()
      }
      await index.merge()
      await index.flush()

      const found = await expectTruth(index)

      expect(found.modes).not.toContain('LZ4')
      expect(found.modes).not.toContain('LZ4+dictionary')
    })

    test('nested documents count once', async () => {
      const index = anIndex('nested')
      await index.create({}, { items: { type: 'nested', properties: { deep: { type: 'nested' } } } })
      const documents: Document[] = Array.from({ length: 200 }, (_, i) => ({
        id: `n${i}`,
        body: JSON.stringify({
          items: Array.from({ length: i % 7 }, (_, j) => ({ j, deep: [{ k: 1 }, { k: 2 }] })),
        }),
      }))
      await index.bulk(documents)
      // Longer than a chunk of documents without any stored field.
      await index
        .put({
          id: 'wide',
          body: JSON.stringify({ items: Array.from({ length: 3_000 }, (_, j) => ({ j })) }),
        })
        .catch(() => index.truth.delete(`${index.type}/wide`))
      await index.refresh()
      await index.remove(['n5', 'n50', 'n199'])
      await index.bulk([{ id: 'n6', body: '{"items":[{"j":1}]}' }])
      await index.flush()

      const found = await expectTruth(index)

      expect(found.nested).toBe(true)
    })

    test('a force-merged index with doc values of every kind', async () => {
      const index = anIndex('merged')
      await index.create({}, everyKind(engine))
      for (let round = 0; round < 3; round++) {
        await index.bulk(Array.from({ length: 400 }, (_, i) => ({ id: `m${i}`, body: everyValue(i, round) })))
        await index.refresh()
      }
      await index.remove(Array.from({ length: 50 }, (_, i) => `m${i * 2}`))
      await index.refresh()
      await index.merge()
      await index.bulk(Array.from({ length: 20 }, (_, i) => ({ id: `m${200 + i}`, body: everyValue(i, 9) })))
      await index.remove(['m300', 'm301'])
      await index.flush()

      await expectTruth(index)
    })

    test('documents larger than a chunk, repeated text and noise', async () => {
      const index = anIndex('big')
      await index.create({}, { text: { type: 'object', enabled: false } })
      for (const [i, size] of [10, 200_000, 50, 1_300_000, 3_000_000, 10].entries()) {
        await index.put({ id: `noise${i}`, body: JSON.stringify({ text: { a: noise(i + 1, size) } }) })
        await index.put({
          id: `same${i}`,
          body: JSON.stringify({ text: { a: 'abcdefghij '.repeat(size / 10) } }),
        })
      }
      await index.bulk(
        Array.from({ length: 300 }, (_, i) => ({
          id: `s${i}`,
          body: JSON.stringify({ text: { a: noise(i, 2_400) } }),
        })),
      )
      await index.flush()

      await expectTruth(index)
    })

    test('empty and closed indexes', async () => {
      const empty = anIndex('empty')
      await empty.create()
      await expectTruth(empty)

      const closed = anIndex('closed')
      await closed.create()
      await closed.bulk(Array.from({ length: 30 }, (_, i) => plain(i)))
      await closed.flush()
      // Before 7.2 a closed index cannot be in a snapshot at all.
      if (!hasTypes(engine)) await ask(rig.url, 'POST', `/${closed.name}/_close`)
      await expectTruth(closed)
    })

    test('a repository of many parts, compressed', async () => {
      const index = anIndex('parts')
      await index.create()
      await index.bulk(Array.from({ length: 60 }, (_, i) => plain(i)))
      await index.flush()

      await expectTruth(index, { chunk_size: '2kb', compress: true })
      await expectTruth(index, { chunk_size: '777b', compress: false })
    })

    test.each([[true], [false]])('soft deletes set to %s', async (enabled) => {
      const index = anIndex(`soft-${enabled}`)
      const settable =
        engine.product === 'os'
          ? engine.major < 2
          : engine.major < 8 && engine.major * 100 + engine.minor >= 605
      await index.create(settable ? { 'soft_deletes.enabled': enabled } : {})
      await index.bulk(Array.from({ length: 500 }, (_, i) => plain(i)))
      await index.refresh()
      const dead = [...index.truth.values()]
        .filter((document) => document.routing === undefined)
        .slice(0, 100)
      await index.remove(dead.map((document) => document.id))
      await index.bulk(Array.from({ length: 50 }, (_, i) => ({ ...plain(i * 10 + 1), body: body(i, 'new') })))
      await index.flush()

      await expectTruth(index)
    })

    test('a disabled _source is announced, and its documents are listed without one', async () => {
      const index = anIndex('nosource')
      await index.create({}, {}, { _source: { enabled: false } })
      await index.bulk([
        { id: 'a', body: '{"n":1}' },
        { id: 'b', body: '{"n":2}' },
      ])
      await index.flush()
      const repository = await takeSnapshot(engine, [index.name])

      const read = await runTool('documents', '--repository', repository)

      expect(read.lines.map((line) => [line.id, line.sourceSha256, line.sourceFormat])).toEqual([
        ['a', null, 'missing'],
        ['b', null, 'missing'],
      ])
      expect(read.errors).toMatchObject([{ code: 'source_disabled', index: index.name }])
    })

    const only = (fits: boolean) => (fits ? test : () => undefined)

    only(name === 'es5')('two types, parents and children of Elasticsearch 5', async () => {
      const index = anIndex('types', 'child')
      await ask(engine.url, 'PUT', `/${index.name}`, {
        settings: { number_of_shards: 3, number_of_replicas: 0 },
        mappings: { parent: {}, child: { _parent: { type: 'parent' } } },
      })
      for (let i = 0; i < 20; i++) {
        await index.put({ id: `${i}`, type: 'parent', body: body(i) })
        await index.put({ id: `${i}`, type: 'child', parent: `${(i * 7) % 20}`, body: body(i, 'child') })
      }
      await index.put({ id: 'r', type: 'child', parent: '3', routing: 'elsewhere', body: body(1, 'routed') })
      await index.flush()

      await expectTruth(index)
    })

    only(name === 'os2' || name === 'os3')(
      'index.codec zstd of OpenSearch, where the engine has it',
      async () => {
        for (const codec of ['zstd', 'zstd_no_dict']) {
          const index = new TruthIndex(engine, `${run}-${codec}`)
          const available = await index.create({ codec }).then(
            () => true,
            () => false,
          )
          // Without the plugin opensearch-custom-codecs the engine refuses; fixtures hold the format then.
          if (!available) continue
          made.push(index)
          for (let batch = 0; batch < 2; batch++) {
            await index.bulk(Array.from({ length: 500 }, (_, i) => plain(batch * 500 + i)))
            await index.refresh()
          }
          await index.merge()
          await index.flush()
          await expectTruth(index)
        }
      },
    )

    only(name === 'os3')('hashed shard paths of OpenSearch 3', async () => {
      const index = anIndex('hashed')
      await index.create({ number_of_shards: 3 })
      await index.bulk(Array.from({ length: 100 }, (_, i) => plain(i)))
      await index.flush()

      for (const shard_path_type of ['HASHED_PREFIX', 'HASHED_INFIX', 'FIXED'])
        await expectTruth(index, { shard_path_type })
    })
  })
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : []
}

function body(i: number, text = ''): string {
  return JSON.stringify({
    n: i,
    text: text || `text of ${i}`,
    price: `${i}.10`,
    more: noise(i % 50, 40 + (i % 90) * 4),
  })
}

/** Every fifth one is routed. */
function plain(i: number): Document {
  return { id: `id-${i}`, body: body(i), ...(i % 5 === 0 ? { routing: `r${i % 3}` } : {}) }
}

function everyKind(engine: Engine): object {
  return {
    byte: { type: 'byte' },
    long: { type: 'long' },
    double: { type: 'double' },
    date: { type: 'date' },
    flag: { type: 'boolean' },
    word: { type: 'keyword' },
    few: { type: 'keyword' },
    many: { type: 'keyword' },
    numbers: { type: 'long' },
    ip: { type: 'ip' },
    place: { type: 'geo_point' },
    blob: { type: 'binary', doc_values: true },
    ...(hasTypes(engine) && engine.major < 6 ? {} : { range: { type: 'integer_range' } }),
    text: { type: 'text' },
  }
}

function everyValue(i: number, round: number): string {
  const rare =
    i % 11 === 0
      ? {
          blob: Buffer.from(`blob ${i}`).toString('base64'),
          ip: `10.0.0.${i % 250}`,
          range: { gte: i, lte: i + 5 },
        }
      : {}
  return JSON.stringify({
    byte: i % 100,
    long: i % 3 === 0 ? -9_007_199_254_740_000 + i : i * 1_000_000_007,
    double: i / 7 + round,
    date: 1_700_000_000_000 + i * 86_400_000,
    flag: i % 2 === 0,
    word: noise(i, 20),
    few: ['red', 'green'][i % 2],
    many: [noise(i, 5), noise(i + 1, 5), 'same'],
    numbers: [1, i, i * i],
    place: { lat: i % 90, lon: i % 180 },
    text: `round ${round} of ${i}`,
    ...rare,
  })
}
