// The role of the process, from a real credential endpoint as containers have it: who may use it, and for what.
import { expect, onTestFinished, test, vi } from 'vitest'
import { cloudKeys } from '../../serve/parts/cloud-keys.ts'
import { clusterConnector } from '../../shared/cluster/connect.ts'
import { mintRunToken } from '../../shared/db/run-tokens.ts'
import { insertRun } from '../../shared/db/runs.ts'
import { givenSession, startApp } from '../harness/app.ts'
import { givenServer } from '../shared/cluster/servers.ts'

const keys = {
  AccessKeyId: 'ASIAROLE',
  SecretAccessKey: 'role-secret-access-key',
  Token: 'role-session-token',
}

/** A container credential endpoint on this machine, which asks for the token that the container was given. */
async function givenRole(validMs = 3_600_000) {
  const expiration = new Date(Date.now() + validMs).toISOString()
  const server = await givenServer((request, response) => {
    const known = request.headers.authorization === 'Bearer of-the-container'
    response.statusCode = known ? 200 : 403
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(known ? { ...keys, Expiration: expiration } : { Message: 'no' }))
  })
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_')))
    vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${server.url}/role`)
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'Bearer of-the-container')
  onTestFinished(() => void vi.unstubAllEnvs())
  return { server, expiration }
}

test('keys come from the container endpoint, are asked for once, and say when they run out', async () => {
  const { server, expiration } = await givenRole()
  const role = cloudKeys()

  const [first, second] = [await role(), await role()]

  expect(first).toEqual({
    accessKeyId: 'ASIAROLE',
    secretAccessKey: 'role-secret-access-key',
    sessionToken: 'role-session-token',
    expiresAt: expiration,
  })
  expect(second).toEqual(first)
  expect(server.requests).toHaveLength(1)
})

test('a listed cluster is signed for with the role, and no other', async () => {
  const { server: role } = await givenRole()
  const cluster = await givenServer((_, response) => response.end('{}'))
  const rules = { allowLoopback: true, cloudAllow: ['a.es.example'], cloudKeys: cloudKeys() }
  const connector = clusterConnector(rules, { resolve: async () => ['127.0.0.1'] })
  const credentials = { type: 'sigv4', region: 'eu-west-1', service: 'es' } as const
  const to = (host: string) =>
    ({ role: 'target', endpoint: `http://${host}:${cluster.port}`, credentials }) as const
  const listed = connector.connect(to('a.es.example'))
  const other = connector.connect(to('b.es.example'))

  await listed.send({ method: 'GET', path: '/' })

  expect(cluster.requests[0]?.headers).toMatchObject({
    authorization: expect.stringContaining('Credential=ASIAROLE/'),
    'x-amz-security-token': 'role-session-token',
  })
  await expect(other.send({ method: 'GET', path: '/' })).rejects.toMatchObject({ kind: 'refused' })
  await expect(connector.withKeys(to('b.es.example'))).rejects.toMatchObject({ kind: 'refused' })
  expect(cluster.requests).toHaveLength(1)
  expect(role.requests).toHaveLength(1)
  await Promise.all([listed.close(), other.close()])
})

/** An open backfill of a session whose target and bucket name no secret, and a call for its assignment. */
async function givenAssignment(cloudAllow: string[]) {
  const { expiration } = await givenRole()
  const api = await startApp({ cloud: { cloudAllow, cloudKeys: cloudKeys() } })
  const { id: sessionId } = await givenSession(api, 'orders', {
    target: {
      endpoint: 'https://a.es.example',
      auth: { type: 'sigv4', region: 'eu-west-1', service: 'es' },
    },
    repositories: { main: { type: 's3', bucket: 'snapshots', region: 'eu-west-1' } },
  })
  const run = await insertRun(api.db, {
    sessionId,
    action: 'backfill',
    params: { snapshotRef: { repository: 'main', snapshot: 'nightly' }, plan: {} },
    configVersion: 1,
    requestedBy: 'test',
    requestId: 'r',
    traceparent: null,
  })
  const token = await mintRunToken(api.db, run.id)
  return { api, expiration, response: await api.call('GET', `/runs/${run.id}/assignment`, { token }) }
}

test('a worker is given the keys for listed hosts with its assignment, and they are in no log', async () => {
  const { api, response, expiration } = await givenAssignment(['a.es.example', 's3.eu-west-1.amazonaws.com'])

  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const given = { accessKeyId: 'ASIAROLE', sessionToken: 'role-session-token', expiresAt: expiration }
  expect(await response.json()).toMatchObject({
    repository: { bucket: 'snapshots', credentials: given },
    target: { credentials: { type: 'sigv4', keys: given } },
    expiresAt: expiration,
  })
  expect(api.logged.join('\n')).not.toContain('role-se')
})

test.each([
  ['the bucket is not listed', ['a.es.example'], 409, 'repository_not_allowed'],
  ['the target is not listed', ['s3.eu-west-1.amazonaws.com'], 502, 'cluster_failed'],
])('where %s, the assignment is refused and holds no keys', async (_, cloudAllow, status, code) => {
  const { response } = await givenAssignment(cloudAllow)

  expect(response.status).toBe(status)
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({ code })
  expect(text).not.toContain('role-se')
})
