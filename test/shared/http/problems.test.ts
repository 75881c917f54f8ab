// What stands before every route: the order of refusals, and what a body may be.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenSession, startApp, type TestApp, twoClusters } from '../../harness/app.ts'

let api: TestApp
beforeAll(async () => {
  api = await startApp({ whenDone: afterAll })
  await givenSession(api, 'orders', twoClusters)
})

const json = { 'content-type': 'application/json' }
const post = (body: string, headers: Record<string, string> = json) =>
  api.call('POST', '/sessions', { body, headers })

test('refusals come in one order: 401, 404, 403, 415, 400, 409', async () => {
  const path = '/sessions/nowhere/config'
  const bad = { body: '{"source"', headers: { 'content-type': 'text/plain' } }
  const viewer = await api.token('viewer')

  const statuses = [
    (await api.call('PUT', path, { ...bad, token: null })).status,
    (await api.call('PUT', path, { ...bad, token: viewer })).status,
    (await api.call('PUT', '/sessions/orders/config', { ...bad, token: viewer })).status,
    (await api.call('PUT', '/sessions/orders/config', bad)).status,
    (await api.call('PUT', '/sessions/orders/config', { ...bad, headers: json })).status,
    (await post('{"name": "orders"}')).status,
  ]

  expect(statuses).toEqual([401, 404, 403, 415, 400, 409])
})

test('a method that a route has not is 405 with those it has, a path that is none is 404, and nobody is told neither', async () => {
  const wrong = await api.call('DELETE', '/sessions')
  const absent = await api.call('GET', '/nowhere')

  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('allow')).toBe('GET, POST')
  expect(absent.status).toBe(404)
  expect(await absent.json()).toMatchObject({ code: 'route_not_found' })
  expect((await api.call('DELETE', '/sessions', { token: null })).status).toBe(401)
  expect((await api.call('GET', '/nowhere', { token: null })).status).toBe(401)
})

test('every problem is a document with code and request id, and the id of a caller is kept', async () => {
  const own = await api.call('GET', '/nowhere', { headers: { 'x-request-id': 'night-shift-7' } })
  const forged = await api.call('GET', '/nowhere', { headers: { 'x-request-id': 'a b"c' } })

  expect(own.headers.get('content-type')).toBe('application/problem+json')
  expect(own.headers.get('x-request-id')).toBe('night-shift-7')
  expect(await own.json()).toMatchObject({
    requestId: 'night-shift-7',
    status: 404,
    title: expect.any(String),
  })
  expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
test.each([
  ['10 MB', `{"name": "${'x'.repeat(10_000_000)}"}`, 413, 'body_too_large', undefined],
  ['nesting beyond bounds', deep(65), 400, 'invalid_input', 'depth'],
  ['a hundred thousand brackets', '['.repeat(100_000), 400, 'invalid_input', 'json'],
  ['a key twice', '{"name": "a", "name": "b"}', 400, 'invalid_input', 'duplicate_key'],
  ['an escaped key twice', '{"name": "a", "n\\u0061me": "b"}', 400, 'invalid_input', 'duplicate_key'],
  ['bad syntax', '{"name": planted}', 400, 'invalid_input', 'json'],
  ['nothing', '', 400, 'invalid_input', 'json'],
  ['a list', '[{"name": "a"}]', 400, 'invalid_input', 'object'],
  ['a word', '"planted"', 400, 'invalid_input', 'object'],
  ['a null', 'null', 400, 'invalid_input', 'object'],
  ['U+0000', '{"name": "fine", "description": "a\\u0000b"}', 400, 'invalid_input', 'character'],
  ['half a surrogate pair', '{"name": "fine", "description": "\\ud800"}', 400, 'invalid_input', 'character'],
  ['an unknown key', '{"name": "fine", "admin": true}', 400, 'invalid_input', 'strict_object'],
  [
    'a constructor of its own',
    '{"name": "fine", "constructor": {"prototype": {"admin": true}}}',
    400,
    'invalid_input',
    'strict_object',
  ],
])('a body with %s is refused', async (_, body, status, code, errorCode) => {
  const refused = await post(body)

  expect(refused.status).toBe(status)
  const text = await refused.text()
  expect(text).not.toContain('planted')
  expect(JSON.parse(text)).toMatchObject({ code, ...(errorCode ? { errors: [{ code: errorCode }] } : {}) })
})

test('a key that stands twice is named by its place', async () => {
  const refused = await api.call('PUT', '/sessions/orders/config', {
    body: '{"source": {"auth": {"type": "none"}, "list": [1, {"a/b": 1, "a/b": 2}]}}',
    headers: { ...json, 'if-match': '*' },
  })

  expect(await refused.json()).toMatchObject({
    errors: [{ path: '/source/list/1/a~1b', code: 'duplicate_key' }],
  })
})

test('64 levels are not too deep for a draft', async () => {
  await givenSession(api, 'deep')

  const saved = await api.call('PUT', '/sessions/deep/config', {
    body: deep(64),
    headers: { ...json, 'if-match': '*' },
  })

  expect(saved.status).toBe(200)
})

test('bytes that are no UTF-8 are refused', async () => {
  const token = await api.token('admin')
  const refused = await api.app.request('/sessions', {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${token}` },
    body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  })

  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ errors: [{ code: 'utf8' }] })
})

test('a body that lies about its length is cut off by what it sends', async () => {
  const token = await api.token('admin')
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      sent += 65_536
      stream.enqueue(new Uint8Array(65_536).fill(0x20))
    },
  })
  const init = {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${token}` },
    body,
    duplex: 'half',
  }
  const refused = await api.app.request(new Request('http://localhost/sessions', init))

  expect(refused.status).toBe(413)
  expect(sent).toBeLessThan(3_000_000)
})

test.each([
  'text/plain',
  'application/json-seq',
  'application/jsonp',
  'application/x-www-form-urlencoded',
  'text/json',
])('%s is not taken for JSON, and changes nothing', async (type) => {
  const refused = await api.call('PUT', '/sessions/orders/config', {
    body: '{"selection": {}}',
    headers: { 'content-type': type, 'if-match': '*' },
  })

  expect(refused.status).toBe(415)
  expect(await (await api.call('GET', '/sessions/orders/config')).json()).toEqual(twoClusters)
})

test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json ; a=b'])(
  '%s is JSON',
  async (type) => {
    const saved = await api.call('PUT', '/sessions/orders/config', {
      body: JSON.stringify(twoClusters),
      headers: { 'content-type': type, 'if-match': '*' },
    })

    expect(saved.status).toBe(200)
    expect(await saved.json()).toEqual(twoClusters)
  },
)

test('a document cannot reach the prototypes of the process', async () => {
  await givenSession(api, 'polluter')
  const body =
    '{"__proto__": {"polluted": true}, "source": {"__proto__": {"polluted": true}}, "metadata": {"constructor": {"prototype": {"polluted": true}}}}'

  await api.call('PUT', '/sessions/polluter/config', { body, headers: { ...json, 'if-match': '*' } })
  await api.call('POST', '/sessions/polluter/metadata/start', {
    body: '{"__proto__": {"dryRun": false}}',
    headers: json,
  })

  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  expect((await api.call('GET', '/sessions/polluter')).status).toBe(200)
})

test.each(['%00', 'a%00b', '%ED%A0%80', '..%2F..%2Fetc', 'x'.repeat(5_000)])(
  'a session that is named %s is not found, and nothing fails',
  async (name) => {
    expect((await api.call('GET', `/sessions/${name}`)).status).toBe(404)
    expect((await api.call('PATCH', `/sessions/${name}`, { body: {} })).status).toBe(404)
  },
)

test('a query with U+0000 is bad input', async () => {
  expect((await api.call('GET', '/sessions?search=%00')).status).toBe(400)
})

test('an unexpected error says nothing of itself outside, and everything in the log', async () => {
  const own = await startApp()
  await own.db.query('alter table session rename column description to other')

  const answer = await own.call('POST', '/sessions', { body: { name: 'orders' } })

  expect(answer.status).toBe(500)
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'internal', detail: 'Something went wrong on our side' })
  expect(text).not.toContain('description')
  const { requestId } = JSON.parse(text) as { requestId: string }
  expect(own.logged.some((line) => line.includes(requestId) && line.includes('does not exist'))).toBe(true)
})
