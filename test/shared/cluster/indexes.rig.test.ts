import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectJson } from '../../../shared/cluster/expect-json.ts'
import { listIndexes } from '../../../shared/cluster/indexes.ts'
import { encodeIndex } from '../../../shared/cluster/path.ts'
import { type EngineName, needs } from '../../rigs/engines.ts'
import { wipe } from '../../rigs/wipe.ts'
import { connectTo } from './connection.ts'

const engines: EngineName[] = ['es5', 'es6', 'es7', 'es717', 'es8', 'os1', 'os2', 'os3']
const prefix = 'indexes-rig-'
/** Names that an index may bear and that a careless path or parser would not survive. */
const names = ['plain', 'x%2fy', 'a+b', 'a&b=c;d', "it's", '日本', 'dots..and...more', '(b)$@!~{c}'].map(
  (name) => prefix + name,
)

for (const name of engines) {
  const rigs = await needs(name)
  const rig = rigs[name]

  describe.skipIf(!rigs.available)(`the indexes of ${name}`, () => {
    const client = connectTo(rig)
    const put = (path: string, body: object) =>
      expectJson(client, { method: 'PUT', path, body: JSON.stringify(body) })
    // Later versions refuse a body where none belongs.
    const post = (path: string, body?: object) =>
      expectJson(client, { method: 'POST', path, ...(body ? { body: JSON.stringify(body) } : {}) })
    const own = async () => (await listIndexes(client)).filter((index) => index.name.includes(prefix))

    beforeAll(async () => {
      await wipe(rig, prefix)
      for (const index of [...names, `${prefix}closed`]) {
        await put(`/${encodeIndex(index)}`, { settings: { number_of_shards: 2, number_of_replicas: 0 } })
      }
      const document = { method: 'PUT', query: { refresh: true }, body: '{"a":1}' } as const
      await expectJson(client, { ...document, path: `/${encodeIndex(`${prefix}x%2fy`)}/_doc/1` }).catch(() =>
        expectJson(client, { ...document, path: `/${encodeIndex(`${prefix}x%2fy`)}/doc/1` }),
      )
      await post('/_aliases', {
        actions: [`${prefix}closed`, names[0]].map((index) => ({ add: { index, alias: `${prefix}alias` } })),
      })
      await post(`/${prefix}closed/_close`)
    })

    afterAll(async () => {
      await wipe(rig, prefix)
      await client.close()
    })

    test('are all there, whatever their names', async () => {
      expect((await own()).map((index) => index.name)).toEqual([...names, `${prefix}closed`].sort())
    })

    test('have their documents, bytes, shards and aliases', async () => {
      const indexes = await own()
      const [full] = indexes.filter((index) => index.name === `${prefix}x%2fy`)
      const [plain] = indexes.filter((index) => index.name === `${prefix}plain`)

      expect(full).toMatchObject({ documents: 1, shards: 2, replicas: 0, health: 'green', open: true })
      expect(full?.bytes).toBeGreaterThan(0)
      expect(plain).toMatchObject({ documents: 0, aliases: [`${prefix}alias`] })
    })

    test('are unknown in number where they are closed', async () => {
      const [closed] = (await own()).filter((index) => index.name === `${prefix}closed`)

      expect(closed).toMatchObject({ open: false, documents: null, bytes: null, aliases: [`${prefix}alias`] })
    })
  })
}

const streams = await needs('os2')

describe.skipIf(!streams.available)('the backing index of a data stream', () => {
  test('names its stream', async () => {
    const client = connectTo(streams.os2)
    const stream = `${prefix}stream`
    const template = { index_patterns: [stream], data_stream: {}, priority: 500 }
    await expectJson(client, {
      method: 'PUT',
      path: `/_index_template/${stream}`,
      body: JSON.stringify(template),
    })
    await expectJson(client, { method: 'PUT', path: `/_data_stream/${stream}` })

    const indexes = await listIndexes(client)

    expect(indexes.filter((index) => index.dataStream === stream)).toMatchObject([
      { name: `.ds-${stream}-000001`, documents: 0, open: true },
    ])
    await wipe(streams.os2, stream)
    expect((await listIndexes(client)).filter((index) => index.name.includes(stream))).toEqual([])
    await client.close()
  })
})
