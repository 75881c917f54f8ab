import { expect, test } from 'vitest'
import { expectJson } from '../../../shared/cluster/expect-json.ts'
import { fakeClient } from './fake-client.ts'
import { failureOf } from './servers.ts'

const get = { method: 'GET', path: '/a' } as const
const answer = (status: number, body: unknown) => fakeClient({ '/a': { status, body } }).client
const reason = (text: string, type = 'security_exception') => ({ error: { type, reason: text }, status: 403 })

test('the JSON of a success is handed over', async () => {
  expect(await expectJson(answer(201, { a: [1] }), get)).toEqual({ a: [1] })
})

test.each([
  [
    'Elasticsearch 7.10',
    reason('action [indices:admin/create] is unauthorized for user [reader]'),
    { permission: 'indices:admin/create', user: 'reader' },
  ],
  [
    'Elasticsearch 8',
    reason(
      'action [cluster:monitor/main] is unauthorized for user [reader] with effective roles [ro], this action is granted by the cluster privileges [monitor,manage,all]',
    ),
    { permission: 'cluster:monitor/main', user: 'reader', grantedBy: 'monitor,manage,all' },
  ],
  [
    'OpenSearch',
    reason(
      'no permissions for [indices:data/write/bulk] and User [name=kibanaro, backend_roles=[kibanauser], requestedTenant=null]',
    ),
    { permission: 'indices:data/write/bulk', user: 'kibanaro' },
  ],
  [
    'Amazon',
    { Message: 'User: arn:aws:iam::123456789012:role/ma is not authorized to perform: es:ESHttpGet' },
    { permission: 'es:ESHttpGet', user: 'arn:aws:iam::123456789012:role/ma' },
  ],
])('a 403 of %s names the missing permission', async (_, body, denied) => {
  const failure = await failureOf(expectJson(answer(403, body), get))

  expect(failure).toMatchObject({
    kind: '403',
    status: 403,
    retryable: false,
    message: `Cannot GET /a on https://cluster.example: the permission "${denied.permission}" is missing for user "${denied.user}"`,
    remedy: `Grant "${denied.permission}" to the user of the Migration Assistant.`,
    evidence: denied,
  })
})

test('a 403 that names nothing is told in its own words', async () => {
  const failure = await failureOf(
    expectJson(answer(403, reason('blocked by: [FORBIDDEN/8/index write (api)];')), get),
  )

  expect(failure).toMatchObject({ kind: '403', message: expect.stringContaining('FORBIDDEN/8') })
})

test.each([
  [401, '{}', '401', false],
  [429, reason('rejected execution'), 'unavailable', true],
  [500, reason('boom'), 'unavailable', false],
  [502, '<html>Bad Gateway</html>', 'unavailable', true],
  [503, 'OpenSearch Security not initialized.', 'unavailable', true],
  [504, '', 'unavailable', true],
  [404, { error: 'x', status: 404 }, 'protocol', false],
  [400, reason('request [/a] contains unrecognized parameter: [b]'), 'version', false],
  [400, reason('no handler found for uri [/a]'), 'version', false],
  [405, { error: 'Incorrect HTTP method for uri [/a]' }, 'version', false],
  [400, reason('failed to parse'), 'protocol', false],
  [200, 'not json', 'protocol', false],
  [200, '', 'protocol', false],
  [200, { error: { reason: 'no master' }, status: 503 }, 'unavailable', true],
  [200, { error: 'unable to authenticate', status: 401 }, '401', false],
])('%i %j is %s', async (status, body, kind, retryable) => {
  expect(await failureOf(expectJson(answer(status, body), get))).toMatchObject({ kind, retryable })
})

test('a success that merely speaks of an error is a success', async () => {
  const body = { error: null, status: 'green', items: [{ error: { reason: 'x' }, status: 429 }] }

  expect(await expectJson(answer(200, body), get)).toEqual(body)
})

test('a foreign answer is evidence cut to 2 KiB, with nothing a terminal would obey', async () => {
  const body = { error: { reason: `\u001b[2J\u202e${'x'.repeat(10_000)}` } }

  const failure = await failureOf(expectJson(answer(400, body), get))

  const { message, evidence } = failure as { message: string; evidence: { answer: string } }
  expect(evidence.answer.length).toBeLessThanOrEqual(2_100)
  expect(message.length).toBeLessThan(600)
  for (const mark of ['\u001b', '\u202e']) expect(message + evidence.answer).not.toContain(mark)
  expect(message).toContain('\\u001b[2J\\u202e')
})
