import { describe, expect, test } from 'vitest'
import { detectVersion, effectiveVersion, parseVersionText } from '../../../shared/cluster/version.ts'
import { fakeClient, frontPage, openSearch } from './fake-client.ts'
import { failureOf } from './servers.ts'

const openSearchLine = 'The OpenSearch Project: https://opensearch.org/'
const settings = (value: string) => ({
  '/_cluster/settings': { body: { persistent: { 'compatibility.override_main_response_version': value } } },
})
const nodes = (...versions: string[]) => ({
  '/_nodes': { body: { nodes: Object.fromEntries(versions.map((version, i) => [`n${i}`, { version }])) } },
})

test.each([
  ['5.6.16', {}, 'elasticsearch', 'ES 5.6.16', [5, 6, 16]],
  ['8.14.1', { build_flavor: 'default' }, 'elasticsearch', 'ES 8.14.1', [8, 14, 1]],
  ['9.1.5', {}, 'elasticsearch', 'ES 9.1.5', [9, 1, 5]],
  ['7.0.0-rc2', {}, 'elasticsearch', 'ES 7.0.0-rc2', [7, 0, 0]],
  ['1.3.20', openSearch, 'opensearch', 'OS 1.3.20', [1, 3, 20]],
  ['3.4.0', openSearch, 'opensearch', 'OS 3.4.0', [3, 4, 0]],
])('%s %j is %s', async (number, more, flavour, label, [major, minor, patch]) => {
  const { client, requests } = fakeClient(frontPage(number, more))

  const version = await detectVersion(client)

  expect(version).toEqual({ flavour, number, label, major, minor, patch, compatibilityMode: false })
  expect(requests).toHaveLength(1)
})

describe('a cluster that says 7.10.2', () => {
  test('is Elasticsearch where nothing says otherwise', async () => {
    const { client } = fakeClient({ ...frontPage('7.10.2'), ...settings('false') })

    expect(await detectVersion(client)).toMatchObject({ label: 'ES 7.10.2', compatibilityMode: false })
  })

  test.each([
    ['its setting', { ...frontPage('7.10.2'), ...settings('true') }],
    ['its tagline', frontPage('7.10.2', {}, openSearchLine)],
    ['its distribution', frontPage('7.10.2', openSearch)],
  ])('is what its nodes run where %s gives it away', async (_, answers) => {
    const { client } = fakeClient({ ...answers, ...nodes('2.11.0', '2.11.0') })

    expect(await detectVersion(client)).toMatchObject({
      flavour: 'opensearch',
      label: 'OS 2.11.0',
      compatibilityMode: true,
    })
  })

  test('is a failure where its nodes do not agree', async () => {
    const { client } = fakeClient({
      ...frontPage('7.10.2'),
      ...settings('true'),
      ...nodes('1.3.20', '2.19.4'),
    })

    expect(await failureOf(detectVersion(client))).toMatchObject({
      kind: 'version',
      evidence: { nodeVersions: ['1.3.20', '2.19.4'] },
    })
  })

  test('is taken at its word where the settings may not be read', async () => {
    const { client } = fakeClient({ ...frontPage('7.10.2'), '/_cluster/settings': { status: 403, body: {} } })

    expect(await detectVersion(client)).toMatchObject({ label: 'ES 7.10.2' })
  })

  test('is a failure, not a guess, where the settings cannot be read for another cause', async () => {
    const { client } = fakeClient({ ...frontPage('7.10.2'), '/_cluster/settings': { status: 503, body: {} } })

    expect(await failureOf(detectVersion(client))).toMatchObject({ kind: 'unavailable' })
  })
})

describe('Amazon', () => {
  const managed = { auth: 'sigv4', service: 'es' } as const

  test('runs its own flavour of OpenSearch', async () => {
    const { client } = fakeClient(frontPage('2.11.0', openSearch), managed)

    expect(await detectVersion(client)).toMatchObject({ flavour: 'amazon-opensearch', label: 'OS 2.11.0' })
  })

  test('still runs Elasticsearch in old domains', async () => {
    const { client } = fakeClient(frontPage('6.8.0'), managed)

    expect(await detectVersion(client)).toMatchObject({ flavour: 'elasticsearch', label: 'ES 6.8.0' })
  })

  test.each([
    { auth: 'sigv4', service: 'aoss' } as const,
    { endpoint: 'https://abc.eu-west-1.aoss.amazonaws.com' },
  ])('has no front page on serverless: %j', async (connection) => {
    const { client } = fakeClient({}, connection)

    expect(await detectVersion(client)).toMatchObject({ flavour: 'serverless', label: 'AOSS' })
  })

  test('is not presumed behind any 404', async () => {
    const { client } = fakeClient({})

    expect(await failureOf(detectVersion(client))).toMatchObject({ name: 'ClusterFailure', status: 404 })
  })
})

test.each([
  ['Elasticsearch before 5', frontPage('2.4.6')],
  ['a version that is not one', frontPage('latest')],
  ['JSON of something else', { '/': { body: { hello: 'world' } } }],
  ['a bare string', { '/': { body: '"hi"' } }],
])('%s is a version failure', async (_, answers) => {
  expect(await failureOf(detectVersion(fakeClient(answers).client))).toMatchObject({ kind: 'version' })
})

test.each([
  ['ES 7.10', 'elasticsearch', 'ES 7.10', 7, 10],
  ['ES_7.10.2', 'elasticsearch', 'ES 7.10.2', 7, 10],
  ['elasticsearch 8.14.1', 'elasticsearch', 'ES 8.14.1', 8, 14],
  ['es8.x', 'elasticsearch', 'ES 8.x', 8, 0],
  ['OS 2.19', 'opensearch', 'OS 2.19', 2, 19],
  ['opensearch 3', 'opensearch', 'OS 3', 3, 0],
  ['AOS_2.11', 'amazon-opensearch', 'OS 2.11', 2, 11],
  ['aoss', 'serverless', 'AOSS', 2, 0],
])('the override %s is read', (text, flavour, label, major, minor) => {
  expect(parseVersionText(text)).toMatchObject({ flavour, label, major, minor, compatibilityMode: false })
})

test.each(['', 'Solr 8', '7.10', 'ES', 'ES 7.10.2.1', 'OS latest'])(
  'the override %j is refused',
  async (text) => {
    expect(await failureOf((async () => parseVersionText(text))())).toMatchObject({ kind: 'version' })
  },
)

test('an override wins over what the cluster says, without asking it', async () => {
  const { client, requests } = fakeClient(frontPage('7.10.2'), { version: 'OS 2.11' })

  expect(await effectiveVersion(client)).toMatchObject({ label: 'OS 2.11' })
  expect(requests).toHaveLength(0)
})
