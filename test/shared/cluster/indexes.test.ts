import * as v from 'valibot'
import { expect, test } from 'vitest'
import { listIndexes } from '../../../shared/cluster/indexes.ts'
import { IndexSummary } from '../../../shared/domain/cluster.ts'
import { fakeClient } from './fake-client.ts'
import { failureOf } from './servers.ts'

const row = (index: string, more: object = {}) => ({
  index,
  status: 'open',
  health: 'green',
  pri: '2',
  rep: '1',
  'docs.count': '10',
  'pri.store.size': '2048',
  ...more,
})
const given = (rows: unknown, more: Parameters<typeof fakeClient>[0] = {}) =>
  fakeClient({ '/_cat/indices': { body: rows }, '/_alias': { body: {} }, ...more })
const list = async (...args: Parameters<typeof given>) =>
  v.parse(v.array(IndexSummary), await listIndexes(given(...args).client))

test('indexes come sorted, with numbers, aliases and data streams', async () => {
  const indexes = await list([row('b'), row('.ds-logs-1'), row('a')], {
    '/_alias': { body: { b: { aliases: { z: {}, y: {} } } } },
    '/_data_stream': { body: { data_streams: [{ name: 'logs', indices: [{ index_name: '.ds-logs-1' }] }] } },
  })

  expect(indexes.map(({ name }) => name)).toEqual(['.ds-logs-1', 'a', 'b'])
  expect(indexes[0]).toMatchObject({ dataStream: 'logs' })
  expect(indexes[2]).toEqual({
    name: 'b',
    documents: 10,
    bytes: 2048,
    shards: 2,
    replicas: 1,
    health: 'green',
    open: true,
    aliases: ['y', 'z'],
    dataStream: null,
  })
})

test('what a closed index does not say is null', async () => {
  const closed = {
    status: 'close',
    health: null,
    pri: null,
    rep: null,
    'docs.count': null,
    'pri.store.size': null,
  }

  expect(await list([row('a', closed)])).toMatchObject([
    { open: false, documents: null, bytes: null, shards: null, replicas: null, health: null },
  ])
})

test('the counts of a red index are unknown, for they miss a shard', async () => {
  expect(await list([row('a', { health: 'red' })])).toMatchObject([
    { documents: null, bytes: null, shards: 2 },
  ])
})

test.each(['', '-', '1.5kb', '-1', '1e400', '9007199254740993'])(
  'the count %j is unknown, not a number',
  async (text) => {
    expect(await list([row('a', { 'docs.count': text })])).toMatchObject([{ documents: null }])
  },
)

test('an index named like a member of every object has no aliases', async () => {
  expect(await list([row('constructor'), row('__proto__')])).toMatchObject([{ aliases: [] }, { aliases: [] }])
})

test.each([
  ['/_cat/indices', 503, 'unavailable'],
  ['/_cat/indices', 403, '403'],
  ['/_alias', 503, 'unavailable'],
  ['/_alias', 403, '403'],
  ['/_data_stream', 503, 'unavailable'],
  ['/_data_stream', 403, '403'],
])('where %s fails with %i the list fails too', async (path, status, kind) => {
  const { client } = given([row('a')], { [path]: { status, body: {} } })

  expect(await failureOf(listIndexes(client))).toMatchObject({ kind })
})

test.each([{}, 'text', [{ name: 'a' }], [null]])(
  'an answer of another form, %j, is a failure',
  async (rows) => {
    expect(await failureOf(listIndexes(given(rows).client))).toMatchObject({ kind: 'protocol' })
  },
)

test.each([400, 404, 405])('a version without data streams (%i) has none', async (status) => {
  expect(await list([row('a')], { '/_data_stream': { status, body: {} } })).toMatchObject([
    { dataStream: null },
  ])
})
