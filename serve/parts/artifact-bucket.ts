import { createHash } from 'node:crypto'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'

/** Artifacts in S3 (`s3://bucket/prefix`), for more than one copy of the API. Credentials and endpoint are the SDK's own. */
export function artifactBucket(place: string): ArtifactStore {
  const { hostname: bucket, pathname } = new URL(place)
  const prefix = pathname.replace(/^\/|\/$/g, '')
  const client = new S3Client({ forcePathStyle: true })
  const key = (runId: string, name = '') =>
    [prefix, runId, name].filter((part, at) => part || at === 2).join('/')
  return {
    async write(runId, name, content) {
      const body = await collect(content)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key(runId, name), Body: body }))
      return { size: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') }
    },
    async read(runId, name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(runId, name) }))
        return Body?.transformToWebStream()
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw error
      }
    },
    async remove(runId) {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: `${key(runId)}` }),
      )
      for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    },
  }
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}
