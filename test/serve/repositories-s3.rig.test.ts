// Listing a repository in a bucket under the rules of a door. Needs an S3 server: MA_TEST_S3_URL, with
// MA_TEST_S3_ACCESS_KEY and MA_TEST_S3_SECRET_KEY.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRepositories } from '../../serve/parts/repositories.ts'

const url = process.env.MA_TEST_S3_URL ?? ''
const accessKeyId = process.env.MA_TEST_S3_ACCESS_KEY ?? 'testkey'
const secretAccessKey = process.env.MA_TEST_S3_SECRET_KEY ?? 'testsecret123'
const missing = 'this suite needs MA_TEST_S3_URL, an S3 server'
if (url === '' && process.env.REQUIRE_RIGS === '1') throw new Error(`REQUIRE_RIGS=1, but ${missing}`)
if (url === '') console.warn(`skipped: ${missing}`)

const bucket = `doors-${process.pid}-${Date.now()}`
const credentials = { accessKeyId, secretAccessKey }
const access = {
  type: 's3' as const,
  bucket,
  prefix: 'snapshots/made_es7',
  region: 'us-east-1',
  endpoint: url,
  pathStyle: true,
  credentials,
}
const door = (rules: Parameters<typeof createRepositories>[0]['rules'] = { allowLoopback: true }) =>
  createRepositories({ roots: [], rules })

describe.skipIf(url === '')('a repository in a bucket', () => {
  beforeAll(async () => {
    const s3 = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    const root = join(import.meta.dirname, '../tools/snapshot/fixtures/made_es7')
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const Key = `${access.prefix}/${relative(root, path)}`
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: readFileSync(path) }))
    }
    s3.destroy()
  })

  test('is listed from its objects, and an empty place has no snapshots', async () => {
    const listed = await door().list(access)

    expect(listed).toMatchObject([{ state: 'SUCCESS', version: '7.10.2', shards: { failed: 0 } }])
    expect(listed[0]?.indexes.length).toBeGreaterThan(0)
    expect(await door().list({ ...access, prefix: 'snapshots/none' })).toEqual([])
  })

  test.each([
    ['a wrong secret', { credentials: { accessKeyId, secretAccessKey: 'not-the-secret' } }],
    ['an unknown key', { credentials: { accessKeyId: 'nobody', secretAccessKey } }],
  ])('%s is said, and not shown as an empty repository', async (_, change) => {
    const listing = door().list({ ...access, ...change })

    await expect(listing).rejects.toMatchObject({
      code: 'repository_failed',
      members: { evidence: { code: 'access_denied' }, remedy: expect.stringContaining('credentials') },
    })
    await expect(listing).rejects.not.toThrow(/not-the-secret|testsecret123/)
  })

  test('a bucket that is not there is said', async () => {
    await expect(door().list({ ...access, bucket: `${bucket}-absent` })).rejects.toMatchObject({
      code: 'repository_failed',
      members: { evidence: { code: 'repository_not_found' } },
    })
  })

  test('a door that may not reach loopback does not, by address or by a name that leads there', async () => {
    const { port } = new URL(url)
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])
      await expect(door({}).list({ ...access, endpoint: `http://${host}:${port}` })).rejects.toMatchObject({
        code: 'repository_not_allowed',
      })
  })

  test('a name is looked up under the rules at each connection', async () => {
    const { port } = new URL(url)
    const endpoint = `http://localhost:${port}`
    expect(await door().list({ ...access, endpoint })).toHaveLength(1)

    // The name passes as written, and its address does not: only the lookup can know.
    const rules = { allowLoopback: true, allow: ['10.0.0.0/8'] }
    await expect(door(rules).check({ ...access, endpoint })).resolves.toMatchObject({ endpoint })
    await expect(door(rules).list({ ...access, endpoint })).rejects.toMatchObject({
      code: 'repository_failed',
      members: { evidence: { code: 'unreachable' } },
    })
  })

  test('without a secret the cloud role is not used, unless the door lists the endpoint', async () => {
    const { credentials: _, ...open } = access
    await expect(door().list(open)).rejects.toMatchObject({
      code: 'repository_not_allowed',
      detail: expect.stringContaining('MA_CLOUD_ALLOW'),
    })
    const listed = { allowLoopback: true, cloudAllow: [new URL(url).hostname] }
    await expect(door(listed).check(open)).resolves.toMatchObject(open)
  })
})
