// Artifacts in a bucket. Needs an S3 server: MA_TEST_S3_URL, with MA_TEST_S3_ACCESS_KEY and MA_TEST_S3_SECRET_KEY.
import { createHash } from 'node:crypto'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, test } from 'vitest'
import { artifactBucket } from '../../serve/parts/artifact-bucket.ts'

const url = process.env.MA_TEST_S3_URL
if (!url && process.env.REQUIRE_RIGS === '1')
  throw new Error('REQUIRE_RIGS=1, but this suite needs MA_TEST_S3_URL')

describe.skipIf(!url)('artifacts in a bucket', () => {
  const Bucket = `artifacts-${process.pid}`
  const client = new S3Client({
    endpoint: url ?? 'http://127.0.0.1:9',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: {
      accessKeyId: process.env.MA_TEST_S3_ACCESS_KEY ?? 'testkey',
      secretAccessKey: process.env.MA_TEST_S3_SECRET_KEY ?? 'testsecret123',
    },
  })
  const store = artifactBucket(`s3://${Bucket}/some/prefix`, client)
  const runId = crypto.randomUUID()

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket }))
  })

  async function* chunks(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
  }

  test.each([
    ['nothing', 0],
    ['a little', 1_000],
    ['three parts and a bit', 25_000_000],
  ])('%s comes back as it went in, with its size and sum', async (name, size) => {
    const bytes = new Uint8Array(size).map((_, at) => (at * 31) % 251)
    const file = `${name.replaceAll(' ', '-')}.json`

    const written = await store.write(runId, file, chunks(bytes))

    expect(written).toEqual({ size, sha256: createHash('sha256').update(bytes).digest('hex') })
    const back = new Uint8Array(await new Response(await store.read(runId, file)).arrayBuffer())
    expect(Buffer.compare(back, bytes)).toBe(0)
  })

  test('a file that is not there is absent, and a source that breaks off leaves nothing', async () => {
    async function* broken() {
      yield new Uint8Array(9_000_000)
      throw new Error('the worker is gone')
    }

    await expect(store.write(runId, 'broken.json', broken())).rejects.toThrow('the worker is gone')

    expect(await store.read(runId, 'broken.json')).toBeUndefined()
  })

  test('removing a run removes its files and no other run’s', async () => {
    const other = crypto.randomUUID()
    await store.write(other, 'kept.json', chunks(new Uint8Array(3)))

    await store.remove(runId)
    await store.remove(runId)

    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
    expect(Contents.map(({ Key }) => Key)).toEqual([`some/prefix/${other}/kept.json`])
  })
})
