import * as v from 'valibot'
import { expect, test } from 'vitest'
import { checkConnection } from '../../../shared/cluster/check.ts'
import { ClusterFailure } from '../../../shared/cluster/client.ts'
import { ConnectionCheck } from '../../../shared/domain/cluster.ts'
import { fakeClient, frontPage, openSearch } from './fake-client.ts'

const health = (status = 'green') => ({ '/_cluster/health': { body: { status, number_of_nodes: 3 } } })
const nodes = (...versions: string[]) => ({
  '/_nodes': { body: { nodes: Object.fromEntries(versions.map((version, i) => [i, { version }])) } },
})
const good = { ...frontPage('2.19.4', openSearch), ...health(), ...nodes('2.19.4') }

async function check(...given: Parameters<typeof fakeClient>) {
  return v.parse(ConnectionCheck, await checkConnection(fakeClient(...given).client))
}

test('a good cluster is ok, with what it is and how it is', async () => {
  expect(await check(good)).toMatchObject({
    result: 'ok',
    message: 'Connected to https://cluster.example: OS 2.19.4',
    remedy: null,
    version: { label: 'OS 2.19.4' },
    health: 'green',
    nodes: 3,
    warnings: [],
    latencyMs: expect.any(Number),
  })
})

test.each([
  ['dns', new ClusterFailure('dns', 'no such name', { remedy: 'spell it', evidence: { code: 'ENOTFOUND' } })],
  ['tls', new ClusterFailure('tls', 'expired')],
  ['timeout', new ClusterFailure('timeout', 'late')],
  ['401', { status: 401, body: {} }],
  ['403', { status: 403, body: {} }],
  ['unavailable', { status: 503, body: {} }],
  ['protocol', { body: '<html>' }],
  ['version', { body: { version: { number: '1.7.6' } } }],
])('%s is the result where the front page fails so', async (result, answer) => {
  const outcome = await check({ '/': answer })

  expect(outcome).toMatchObject({ result, version: null, health: null, nodes: null, latencyMs: null })
  expect(outcome.message).not.toBe('')
})

test('message, remedy and evidence are those of the failure', async () => {
  const failure = new ClusterFailure('dns', 'no such name', {
    remedy: 'spell it',
    evidence: { code: 'ENOTFOUND' },
  })

  expect(await check({ '/': failure })).toMatchObject({
    message: 'no such name',
    remedy: 'spell it',
    evidence: { code: 'ENOTFOUND' },
  })
})

test('a fault of our own is an answer too, and says no more than its kind', async () => {
  const outcome = await check({ '/': new TypeError('reading password hunter2') })

  expect(outcome.result).toBe('protocol')
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
})

test('a cluster without a master is not ok', async () => {
  const outcome = await check({ ...good, '/_cluster/health': { status: 503, body: {} } })

  expect(outcome).toMatchObject({ result: 'unavailable', health: null, nodes: null })
})

test('a health that may not be read is unknown, with the missing permission as a warning', async () => {
  const body = { error: { reason: 'no permissions for [cluster:monitor/health] and User [name=ma]' } }

  const outcome = await check({ ...good, '/_cluster/health': { status: 403, body } })

  expect(outcome).toMatchObject({ result: 'ok', health: null, nodes: null })
  expect(outcome.warnings).toEqual([expect.stringContaining('cluster:monitor/health')])
})

test('a health of a kind we do not know is null', async () => {
  const outcome = await check({
    ...good,
    '/_cluster/health': { body: { status: 'purple', number_of_nodes: '3' } },
  })

  expect(outcome).toMatchObject({ health: null, nodes: null })
})

test.each([
  ['credentials over http', good, { endpoint: 'http://cluster.example', auth: 'basic' }, 'unencrypted'],
  ['an unchecked certificate', good, { insecure: true }, 'not checked'],
  ['red health', { ...good, ...health('red') }, {}, 'red'],
  ['nodes of two versions', { ...good, ...nodes('2.19.4', '2.11.0') }, {}, '2.11.0, 2.19.4'],
  ['an override', good, { version: 'OS 2.11' }, 'OS 2.11'],
  [
    'compatibility mode',
    { ...frontPage('7.10.2', openSearch), ...health(), ...nodes('2.19.4') },
    {},
    '7.10.2',
  ],
  ['Elasticsearch 9', { ...frontPage('9.1.0'), ...health(), ...nodes('9.1.0') }, {}, 'untested'],
] as const)('%s is a warning', async (_, answers, connection, words) => {
  const outcome = await check(answers, connection)

  expect(outcome.result).toBe('ok')
  expect(outcome.warnings).toEqual([expect.stringContaining(words)])
})

test('Elasticsearch is no target', async () => {
  const answers = {
    ...frontPage('7.10.2'),
    ...health(),
    ...nodes('7.10.2'),
    '/_cluster/settings': { body: {} },
  }

  expect(await check(answers, { role: 'target' })).toMatchObject({
    result: 'version',
    version: { label: 'ES 7.10.2' },
  })
  expect(await check(answers, { role: 'source' })).toMatchObject({ result: 'ok' })
})

test('serverless is not asked for what it has not', async () => {
  expect(await check({}, { auth: 'sigv4', service: 'aoss' })).toMatchObject({
    result: 'ok',
    version: { label: 'AOSS' },
    health: null,
    warnings: [],
  })
})
