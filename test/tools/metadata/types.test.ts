import { expect, test } from 'vitest'
import type { MultiTypes } from '../../../shared/domain/metadata.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { prepare } from '../../../tools/metadata/prepare.ts'
import { contextOf, throughAll } from './bodies.ts'

const index = (mappings: JsonObject) => throughAll('index', { mappings }, 'ES 5.6', 'OS 2.19')[0]

test.each<[string, JsonObject, JsonObject]>([
  [
    'one type is unwrapped',
    { doc: { properties: { a: { type: 'long' } } } },
    { properties: { a: { type: 'long' } } },
  ],
  [
    'a type of the name of a mapping key is unwrapped',
    { properties: { properties: { a: { type: 'long' } } } },
    { properties: { a: { type: 'long' } } },
  ],
  [
    'types unite',
    { a: { properties: { x: { type: 'long' } } }, b: { properties: { y: { type: 'ip' } } } },
    { properties: { x: { type: 'long' }, y: { type: 'ip' } } },
  ],
  [
    'equal fields are no conflict',
    { a: { properties: { x: { type: 'long' } } }, b: { properties: { x: { type: 'long' } } } },
    { properties: { x: { type: 'long' } } },
  ],
  [
    'objects unite field by field',
    {
      a: { properties: { o: { properties: { x: { type: 'long' } } } } },
      b: { properties: { o: { properties: { y: { type: 'ip' } } } } },
    },
    { properties: { o: { properties: { x: { type: 'long' }, y: { type: 'ip' } } } } },
  ],
  [
    'dynamic templates are put together',
    {
      a: { dynamic_templates: [{ s: { mapping: { type: 'ip' } } }] },
      b: { dynamic_templates: [{ t: { mapping: { type: 'ip' } } }] },
    },
    { dynamic_templates: [{ s: { mapping: { type: 'ip' } } }, { t: { mapping: { type: 'ip' } } }] },
  ],
  [
    '_default_ of an index was copied into its types',
    { _default_: { dynamic: 'strict' }, a: { properties: { x: { type: 'long' } } } },
    { properties: { x: { type: 'long' } } },
  ],
  ['no types are no mapping', {}, {}],
  [
    'include_in_all and _all make no conflict',
    {
      a: { _all: { enabled: false }, properties: { x: { type: 'text', include_in_all: false } } },
      b: { properties: { x: { type: 'text' } } },
    },
    { properties: { x: { type: 'text' } } },
  ],
])('mapping-types: %s', (_, before, after) => {
  const draft = index(before)

  expect(draft?.refusal).toBeNull()
  expect(draft?.body.mappings).toEqual(after)
})

test.each<[string, JsonObject, string]>([
  [
    'a field of two types',
    { a: { properties: { x: { type: 'long' } } }, b: { properties: { x: { type: 'ip' } } } },
    'properties.x',
  ],
  [
    'a field deep inside',
    {
      a: { properties: { o: { properties: { x: { type: 'long' } } } } },
      b: { properties: { o: { properties: { x: { type: 'ip' } } } } },
    },
    'properties.o.properties.x',
  ],
  [
    'a field that is an object elsewhere',
    { a: { properties: { x: { type: 'long' } } }, b: { properties: { x: { properties: {} } } } },
    'properties.x',
  ],
  ['a setting of the mapping that one type leaves out', { a: {}, b: { dynamic: 'strict' } }, 'dynamic'],
  [
    'a parameter of a field',
    { a: { properties: { x: { type: 'text' } } }, b: { properties: { x: { type: 'text', copy_to: 'y' } } } },
    'properties.x',
  ],
  ['a setting of the mapping', { a: { dynamic: 'strict' }, b: { dynamic: 'true' } }, 'dynamic'],
])('mapping-types: %s is a conflict that refuses the index', (_, mappings, path) => {
  const draft = index(mappings)

  expect(draft?.refusal).toMatchObject({
    code: 'multi_type_conflict',
    message: expect.stringContaining(path),
  })
  expect(draft?.refusal?.evidence).toMatchObject({ conflicts: [{ path, type: 'b' }] })
})

test('mapping-types: _default_ of a template stands for all types', () => {
  const [draft] = throughAll(
    'legacyTemplate',
    {
      template: 'logs-*',
      mappings: {
        _default_: { dynamic_templates: [{ s: { mapping: { type: 'ip' } } }] },
        doc: { properties: { a: { type: 'long' } } },
      },
    },
    'ES 5.6',
    'OS 2.19',
  )

  expect(draft?.body).toEqual({
    index_patterns: ['logs-*'],
    mappings: {
      dynamic_templates: [{ s: { mapping: { type: 'ip' } } }],
      properties: { a: { type: 'long' } },
    },
  })
})

test('mapping-types: a mapping that never had types is left alone', () => {
  const [draft] = throughAll(
    'index',
    { mappings: { properties: { doc: { type: 'object' } }, _meta: { a: 1 } } },
    'ES 7.10',
    'OS 2.19',
  )

  expect(draft?.body.mappings).toEqual({ properties: { doc: { type: 'object' } }, _meta: { a: 1 } })
})

test('parent-to-join: _parent becomes a join field with required routing', () => {
  const draft = index({
    shop: { properties: { parent_join: { type: 'long' } } },
    sale: { _parent: { type: 'shop' }, _routing: { required: true } },
  })

  expect(draft?.body.mappings).toEqual({
    properties: {
      parent_join: { type: 'long' },
      parent_join_: { type: 'join', relations: { shop: 'sale' } },
    },
    _routing: { required: true },
  })
  expect(draft?.warnings).toEqual([expect.stringContaining('join field "parent_join_"')])
})

function split(multiTypes: MultiTypes): Record<string, unknown> {
  const body = {
    settings: { number_of_shards: '1' },
    mappings: { user: { properties: { a: { type: 'ip' } } }, tweet: { properties: { a: { type: 'long' } } } },
  }
  const drafts = prepare(
    { kind: 'index', name: 'social', body, typed: true },
    { ...contextOf('ES 5.6', 'OS 2.19'), multiTypes },
  )
  return Object.fromEntries(drafts.map((draft) => [draft.name, draft.refusal?.code ?? draft.body.mappings]))
}

const user = { properties: { a: { type: 'ip' } } }
const tweet = { properties: { a: { type: 'long' } } }

test.each<[string, MultiTypes, Record<string, unknown>]>([
  [
    'static targets split an index',
    { static: { social: { user: 'users', tweet: 'tweets' } } },
    { users: user, tweets: tweet },
  ],
  ['a type that is not named is dropped', { static: { social: { user: 'users' } } }, { users: user }],
  ['no named type drops the index', { static: { social: {} } }, {}],
  ['another index is not meant', { static: { other: { user: 'users' } } }, { social: 'multi_type_conflict' }],
  [
    'patterns name targets by their groups',
    { patterns: [{ index: '(.+)', type: '(.+)', target: '$1-$2' }] },
    { 'social-user': user, 'social-tweet': tweet },
  ],
  [
    'the first pattern that fits decides, the rest stays',
    { patterns: [{ index: 'social', type: 'tw.*', target: 'tweets' }] },
    { social: user, tweets: tweet },
  ],
  [
    'patterns fit whole names only',
    { patterns: [{ index: 'soc', type: 'user', target: 'x' }] },
    { social: 'multi_type_conflict' },
  ],
])('multi-types: %s', (_, multiTypes, after) => {
  expect(split(multiTypes)).toEqual(after)
})
