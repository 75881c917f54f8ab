import { expect, test } from 'vitest'
import type { IndexMetadata } from '../../../tools/snapshot/index-metadata.ts'
import { parseIndexMetadata } from '../../../tools/snapshot/index-metadata.ts'
import { parseLocation } from '../../../tools/snapshot/open-blobs.ts'
import { compositeHash } from '../../../tools/snapshot/shard-path.ts'
import { findSourceKind, hasNested } from '../../../tools/snapshot/source-kind.ts'
import { hasTypes, productVersion, versionText } from '../../../tools/snapshot/version.ts'

function anIndex(mappings: unknown, settings: Record<string, unknown> = {}): IndexMetadata {
  const all = { 'index.number_of_shards': '1', 'index.version.created': '7100299', ...settings }
  return parseIndexMetadata('f', { orders: { state: 'open', settings: all, mappings } })
}

test.each([
  ['enabled', {}, {}],
  ['enabled', { _source: { includes: [], excludes: [] } }, {}],
  ['disabled', { _source: { enabled: false } }, {}],
  ['disabled', { _source: { enabled: 'false' } }, {}],
  ['filtered', { _source: { excludes: ['secret'] } }, {}],
  ['filtered', { _source: { includes: ['a*'] } }, {}],
  ['synthetic', { _source: { mode: 'synthetic' } }, {}],
  ['synthetic', {}, { 'index.mode': 'logsdb' }],
  ['enabled', {}, { 'index.mode': 'logsdb', 'index.mapping.source.mode': 'stored' }],
  ['synthetic', {}, { 'index.mapping.source.mode': 'synthetic' }],
  ['filtered', {}, { 'index.knn.derived_source.enabled': 'true' }],
])('the source is %s with mapping %j and settings %j', (kind, mapping, settings) => {
  expect(findSourceKind(anIndex([{ _doc: mapping }], settings)).kind).toBe(kind)
})

test('one type without a source counts for the whole index', () => {
  expect(findSourceKind(anIndex([{ a: {} }, { b: { _source: { enabled: false } } }])).kind).toBe('disabled')
})

test.each([
  [true, { properties: { a: { type: 'nested' } } }],
  [true, { properties: { a: { properties: { b: { type: 'nested' } } } } }],
  [false, { properties: { nested: { type: 'keyword' } } }],
])('nested fields: %s in %j', (nested, mapping) => {
  expect(hasNested({ _doc: mapping })).toBe(nested)
})

test.each([
  [7_100_299, 'ES', '7.10.2'],
  [5_061_699, 'ES', '5.6.16'],
  [136_327_827 ^ 0, 'OS', '2.11.0'],
  [137_217_827, 'OS', '3.0.0'],
])('version id %d is %s %s', (id, product, number) => {
  expect(productVersion(id)).toMatchObject({ product, number })
})

test('an id that counts index versions is no product version', () => {
  expect(versionText(8_505_000, '8.14.1')).toBe('8.14.1')
  expect(versionText(8_505_000, undefined)).toBeNull()
})

test.each([
  [6_082_399, true],
  [7_000_099, false],
  [136_217_927, false],
  [8_505_000, false],
])('created by %d: types %s', (id, types) => {
  expect(hasTypes(id)).toBe(types)
})

test('the type of an index is named only where there are types', () => {
  expect(anIndex([{ doc: {} }], { 'index.version.created': '6082399' })).toMatchObject({
    typed: true,
    type: 'doc',
  })
  expect(
    anIndex([{ a: {} }, { b: {} }, { _default_: {} }], { 'index.version.created': '5061699' }),
  ).toMatchObject({ typed: true, type: null })
  expect(anIndex([{ _doc: {} }])).toMatchObject({ typed: false, type: null })
})

test.each([undefined, '0', '-1', 'many', '1e9'])('%s shards are refused', (shards) => {
  expect(() => anIndex([], { 'index.number_of_shards': shards })).toThrow(
    expect.objectContaining({ code: 'corrupt' }),
  )
})

test.each([
  ['00g90WTdAReqbmP3tgfql9Q', 'a11001110010110'],
  ['10g90WTdAReqbmP3tgfql9Q', 'A10011011100111'],
  ['20g90WTdAReqbmP3tgfql9Q', 'x11101111110010'],
])('the hash OpenSearch 3.4 put before shard and index %s is %s', (input, hash) => {
  expect(compositeHash(input)).toBe(hash)
})

test('a repository is a folder or a bucket with a prefix', () => {
  expect(parseLocation('/a/b')).toEqual({ type: 'fs', path: '/a/b' })
  expect(parseLocation('s3://bucket/a/b', { region: 'eu-west-1' })).toEqual({
    type: 's3',
    bucket: 'bucket',
    prefix: 'a/b',
    region: 'eu-west-1',
  })
})
