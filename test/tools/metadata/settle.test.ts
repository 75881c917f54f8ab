import { expect, test } from 'vitest'
import { Api } from '../../../tools/metadata/api.ts'
import { type BodyKind, draftOf } from '../../../tools/metadata/draft.ts'
import type { JsonObject } from '../../../tools/metadata/json.ts'
import { targetError } from '../../../tools/metadata/refusals.ts'
import { maxAttempts, settle } from '../../../tools/metadata/settle.ts'
import { putBody } from '../../../tools/metadata/target.ts'
import { FakeCluster, fakeClient, refusal, type Script } from './fake-cluster.ts'

async function send(
  kind: BodyKind,
  body: JsonObject,
  script: (body: JsonObject, attempt: number) => ReturnType<Script>,
) {
  const cluster = new FakeCluster('opensearch', '2.19.4')
  cluster.script = ({ body: text }) => script(JSON.parse(String(text)), cluster.sent.length)
  const api = new Api(fakeClient(cluster), new AbortController().signal)
  const draft = draftOf(kind, 'a', body)
  const settled = await settle(draft, putBody(api, draft))
  return { settled, draft, attempts: cluster.sent.length }
}

/** Refuses with `reason` as long as the body says `key`. */
const refuseWhile = (key: string, reason: string, type?: string) => (body: JsonObject) =>
  JSON.stringify(body).includes(`"${key}"`) ? refusal(reason, type) : null

const field = (key: string) => ({
  mappings: { properties: { o: { properties: { f: { type: 'text', [key]: 1 } } }, g: { type: 'ip' } } },
})

test.each<[string, BodyKind, JsonObject, string, string, string]>([
  [
    'an unknown setting of an index',
    'index',
    { settings: { foo: { bar: 1 }, keep: 1 } },
    'bar',
    'unknown setting [index.foo.bar] please check that any required plugins are installed',
    'settings.foo.bar',
  ],
  [
    'an unknown setting of a legacy template',
    'legacyTemplate',
    { settings: { 'foo.bar': 1 } },
    'foo.bar',
    'unknown setting [index.foo.bar] did you mean [index.x]?',
    'settings.foo.bar',
  ],
  [
    'an unknown setting of a composable template',
    'indexTemplate',
    { template: { settings: { foo: 1 } } },
    'foo',
    'index_template [t] invalid, cause [Validation Failed: 1: unknown setting [index.foo] please check;2: expected [index.foo] to be private but it was not;]',
    'template.settings.foo',
  ],
  [
    'a private setting',
    'index',
    { settings: { uuid: 'a' } },
    'uuid',
    'private index setting [index.uuid] can not be set explicitly',
    'settings.uuid',
  ],
  [
    'the version of another product',
    'index',
    { settings: { version: { created: '7' } } },
    'created',
    'Version id 7100299 must contain OpenSearch mask',
    'settings.version.created',
  ],
  [
    'the version in the words of 3.7',
    'index',
    { settings: { version: { created: '7' } } },
    'created',
    'Failed to parse value [7090199] for setting [index.version.created]',
    'settings.version.created',
  ],
  [
    'soft deletes',
    'index',
    { settings: { soft_deletes: { enabled: 'false' } } },
    'enabled',
    'Please do not specify a value for setting [index.soft_deletes.enabled].',
    'settings.soft_deletes.enabled',
  ],
  [
    'a key at the root of the mapping',
    'index',
    { mappings: { _size: { enabled: true }, properties: {} } },
    '_size',
    'Root mapping definition has unsupported parameters:  [_size : {enabled=true}]',
    'mappings._size',
  ],
  [
    'a key at the root of a template mapping',
    'componentTemplate',
    { template: { mappings: { _size: { enabled: true } } } },
    '_size',
    'Root mapping definition has unsupported parameters:  [_size : {enabled=true}]',
    'template.mappings._size',
  ],
  [
    'a parameter of a field, in old words',
    'index',
    field('zz'),
    'zz',
    'Mapping definition for [f] has unsupported parameters:  [zz : 1]',
    'mappings.properties.o.properties.f.zz',
  ],
  [
    'a parameter of a field, by its full path',
    'index',
    field('zz'),
    'zz',
    'Mapping definition for [o.f] has unsupported parameters:  [zz : 1]',
    'mappings.properties.o.properties.f.zz',
  ],
  [
    'a parameter of a field, in new words',
    'index',
    field('zz'),
    'zz',
    'Failed to parse mapping [_doc]: unknown parameter [zz] on mapper [f] of type [text]',
    'mappings.properties.o.properties.f.zz',
  ],
  [
    'a parameter of a metadata field',
    'index',
    { mappings: { _source: { mode: 'x' } } },
    'mode',
    'unknown parameter [mode] on mapper [_source] of type [null]',
    'mappings._source.mode',
  ],
  [
    'a key of a template',
    'indexTemplate',
    { allow_auto_create: true, index_patterns: ['a'] },
    'allow_auto_create',
    '[1:2] [index_template] unknown field [allow_auto_create]',
    'allow_auto_create',
  ],
])(
  '%s that the target refuses is taken out, recorded with its words',
  async (_, kind, body, key, reason, path) => {
    const { settled, draft } = await send(kind, body, refuseWhile(key, reason))

    expect(settled).toMatchObject({ ok: true, attempts: 2 })
    expect(draft.changes).toEqual([
      {
        path,
        change: 'removed',
        from: expect.anything(),
        rule: 'target-refused',
        reason: expect.stringContaining(reason.slice(0, 40)),
      },
    ])
  },
)

test('all settings of one refusal go at once, the suppressed ones too', async () => {
  const answer = {
    status: 400,
    body: {
      error: {
        reason: 'unknown setting [index.a] x',
        suppressed: [{ reason: 'unknown setting [index.b] x' }],
      },
    },
  }

  const { draft, attempts } = await send('index', { settings: { a: 1, b: 2, c: 3 } }, (body) =>
    JSON.stringify(body).includes('"a"') ? answer : null,
  )

  expect(attempts).toBe(2)
  expect(draft.body).toEqual({ settings: { c: 3 } })
})

test('a removed token filter goes from its definition and from every analyzer', async () => {
  const analysis = {
    filter: { own: { type: 'old' } },
    analyzer: { a: { filter: ['old', 'own', 'lowercase'] } },
  }

  const { settled, draft } = await send(
    'index',
    { settings: { analysis } },
    refuseWhile('old', 'The [old] token filter has been removed.'),
  )

  expect(settled.ok).toBe(true)
  expect(draft.body).toEqual({
    settings: { analysis: { filter: {}, analyzer: { a: { filter: ['lowercase'] } } } },
  })
})

test('a refusal that names nothing in the body ends after one attempt', async () => {
  const { settled, attempts } = await send('index', { settings: { a: 1 } }, () =>
    refusal('unknown setting [index.zz] x'),
  )

  expect(settled.ok).toBe(false)
  expect(attempts).toBe(1)
})

test('a target that always finds something new ends the loop at its bound', async () => {
  const settings = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`s${at}`, 1]))

  const { settled, attempts } = await send('index', { settings }, (body) =>
    refusal(`unknown setting [index.${Object.keys(JSON.parse(JSON.stringify(body.settings)))[0]}] x`),
  )

  expect(settled.ok).toBe(false)
  expect(attempts).toBe(maxAttempts)
})

test.each([
  [
    'replicas that do not fit the zones',
    refusal('expected total copies needs to be a multiple of total awareness attributes [3]'),
  ],
  ['a denied permission', refusal('no permissions for [indices:admin/create]', 'security_exception', 403)],
  ['an overloaded target', refusal('circuit breaker', 'circuit_breaking_exception', 429)],
])('%s: nothing is taken out', async (_, answer) => {
  const { settled, draft, attempts } = await send(
    'index',
    { settings: { number_of_replicas: 1 } },
    () => answer,
  )

  expect(settled.ok).toBe(false)
  expect(attempts).toBe(1)
  expect(draft.changes).toEqual([])
})

test('the innermost cause of the target is told, with status and type', async () => {
  const error = {
    type: 'illegal_argument_exception',
    reason: 'outer',
    caused_by: { type: 'mapper_parsing_exception', reason: 'No handler for type [x] declared on field [f]' },
  }

  const { settled } = await send('index', {}, () => ({ status: 400, body: { error, status: 400 } }))

  expect(targetError(settled.answer, (text) => text)).toMatchObject({
    status: 400,
    type: 'mapper_parsing_exception',
    reason: 'No handler for type [x] declared on field [f]',
  })
})
