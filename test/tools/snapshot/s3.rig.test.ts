// Repositories in a bucket. Needs an S3 server: MA_TEST_S3_URL, with MA_TEST_S3_ACCESS_KEY and MA_TEST_S3_SECRET_KEY.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { openBucket } from '../../../tools/snapshot/s3-blobs.ts'
import { runTool } from './run-tool.ts'

const url = process.env.MA_TEST_S3_URL ?? ''
const accessKeyId = process.env.MA_TEST_S3_ACCESS_KEY ?? 'testkey'
const secretAccessKey = process.env.MA_TEST_S3_SECRET_KEY ?? 'testsecret123'
if (url === '' && process.env.REQUIRE_RIGS === '1')
  throw new Error('REQUIRE_RIGS=1, but this suite needs MA_TEST_S3_URL')

const bucket = `reader-${process.pid}`
const fixtures = join(import.meta.dirname, 'fixtures')
const names = ['ES_7_10_Single', 'made_es6', 'made_os3']

describe.skipIf(url === '')('a repository in a bucket', () => {
  const credentials = { accessKeyId, secretAccessKey }
  const s3 = new S3Client({
    endpoint: url || undefined,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  })

  const put = (Key: string, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

  /** Copies a fixture to `prefix`; OpenSearch keeps hashed shards in front of it, at the root of the bucket. */
  async function upload(name: string, prefix: string): Promise<void> {
    const root = join(fixtures, name)
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    for (const file of files) {
      const path = join(file.parentPath, file.name)
      const key = relative(root, path)
      await put(/^[A-Za-z0-9_-]\d{14}\//.test(key) ? key : `${prefix}${key}`, readFileSync(path))
    }
  }

  const where = (prefix: string) => [
    '--repository',
    `s3://${bucket}/${prefix}`,
    '--endpoint',
    url,
    '--region',
    'us-east-1',
    '--path-style',
  ]

  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    for (const name of names) await upload(name, `repositories/${name}/`)
  })

  function signIn(key = accessKeyId, secret = secretAccessKey): void {
    vi.stubEnv('AWS_ACCESS_KEY_ID', key)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
  }

  test.each(names)('%s reads as it does from a folder', async (name) => {
    signIn()
    const fromFolder = await runTool('documents', '--repository', join(fixtures, name))

    const read = await runTool('documents', ...where(`repositories/${name}/`))

    expect(read).toEqual(fromFolder)
    expect(read.lines.length).toBeGreaterThan(3)
  })

  test.each([
    ['a wrong secret', accessKeyId, 'not-the-secret'],
    ['an unknown key', 'nobody', secretAccessKey],
  ])('%s is access_denied, and is not shown', async (_, key, secret) => {
    signIn(key, secret)

    const { code, errors } = await runTool('list', ...where('repositories/made_es6'))

    expect({ code, errors }).toMatchObject({ code: 1, errors: [{ code: 'access_denied' }] })
    expect(JSON.stringify(errors)).not.toContain(secret)
  })

  test('a bucket, a prefix and a server that are not there', async () => {
    signIn()
    const [, , ...rest] = where('')

    expect(await runTool('list', '--repository', `s3://nowhere-${process.pid}/x`, ...rest)).toMatchObject({
      code: 1,
      errors: [{ code: 'repository_not_found' }],
    })
    expect(await runTool('list', ...where('nothing/here'))).toMatchObject({
      code: 1,
      errors: [{ code: 'repository_not_found' }],
    })
    expect(
      await runTool(
        'list',
        '--repository',
        `s3://${bucket}/x`,
        '--endpoint',
        'http://127.0.0.1:9',
        '--path-style',
      ),
    ).toMatchObject({ code: 1, errors: [{ code: 'unreachable' }] })
  })

  test('an object cut short and one deleted while it is read', async () => {
    const blobs = openBucket({
      bucket,
      prefix: 'cut',
      endpoint: url,
      region: 'us-east-1',
      pathStyle: true,
      credentials,
    })
    await put('cut/a', Buffer.from('0123456789'))

    expect(Buffer.from(await blobs.read('a', { offset: 2, length: 3, expectedSize: 10 })).toString()).toBe(
      '234',
    )
    expect(Buffer.from(await blobs.read('a')).toString()).toBe('0123456789')
    await expect(blobs.read('a', { offset: 2, length: 3, expectedSize: 11 })).rejects.toMatchObject({
      code: 'blob_truncated',
    })
    await expect(blobs.read('a', { offset: 8, length: 5 })).rejects.toMatchObject({ code: 'blob_truncated' })
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'cut/a' }))
    await expect(blobs.read('a', { offset: 2, length: 3 })).rejects.toMatchObject({ code: 'blob_missing' })
    await expect(blobs.read('../b')).rejects.toMatchObject({ code: 'path_refused' })
    await blobs.close()
  })

  test('lists go over pages and never into folders', async () => {
    const blobs = openBucket({
      bucket,
      prefix: 'many',
      endpoint: url,
      region: 'us-east-1',
      pathStyle: true,
      credentials,
    })
    for (let i = 0; i < 1_010; i += 10)
      await Promise.all(Array.from({ length: 10 }, (_, j) => put(`many/index-${i + j}`, Buffer.from('x'))))
    await put('many/index-folder/x', Buffer.from('x'))

    const found = await blobs.list('index-')

    expect(found).toHaveLength(1_010)
    expect(found[0]).toEqual({ name: 'index-0', size: 1 })
    await blobs.close()
  })
})
