import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { ArtifactStore } from '../../shared/artifacts/store.ts'

/** S3 takes parts of 5 MiB and more; this is also what is held in memory of one file. */
const PART_BYTES = 8 * 1024 * 1024

type Place = { Bucket: string; Key: string }

/** Artifacts in S3 (`s3://bucket/prefix`), for more than one copy of the API. Credentials and endpoint are the SDK's own. */
export function artifactBucket(
  place: string,
  client = new S3Client({ forcePathStyle: true }),
): ArtifactStore {
  const { hostname: Bucket, pathname } = new URL(place)
  const prefix = pathname.replace(/^\/|\/$/g, '')
  const key = (runId: string, name: string) =>
    [prefix, runId, name].filter((part, at) => part || at === 2).join('/')
  return {
    async write(runId, name, content) {
      const hash = createHash('sha256')
      const size = await upload(client, { Bucket, Key: key(runId, name) }, parts(content, hash))
      return { size, sha256: hash.digest('hex') }
    },
    async read(runId, name) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key(runId, name) }))
        return Body?.transformToWebStream()
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw error
      }
    },
    async remove(runId) {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client },
        { Bucket, Prefix: key(runId, '') },
      )) {
        const Objects = Contents.map(({ Key }) => ({ Key }))
        if (Objects.length > 0)
          await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))
      }
    },
  }
}

/** The content in pieces of one part each, hashed as they pass. */
async function* parts(
  content: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const chunk of content) {
    hash.update(chunk)
    held.push(chunk)
    size += chunk.byteLength
    if (size < PART_BYTES) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  yield Buffer.concat(held)
}

/** One request where the content fits in a part; else a multipart upload, taken back where it breaks off. */
async function upload(client: S3Client, place: Place, pieces: AsyncGenerator<Buffer>): Promise<number> {
  const first = (await pieces.next()).value as Buffer // there is always one piece, if an empty one
  if (first.byteLength < PART_BYTES) {
    await client.send(new PutObjectCommand({ ...place, Body: first }))
    return first.byteLength
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(place))
  try {
    const Parts = [
      { PartNumber: 1, ETag: await sendPart(client, { ...place, UploadId, PartNumber: 1, Body: first }) },
    ]
    let size = first.byteLength
    for await (const Body of pieces) {
      if (Body.byteLength === 0) continue
      const PartNumber = Parts.length + 1
      Parts.push({ PartNumber, ETag: await sendPart(client, { ...place, UploadId, PartNumber, Body }) })
      size += Body.byteLength
    }
    await client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }))
    return size
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...place, UploadId })).catch(() => undefined)
    throw error
  }
}

async function sendPart(
  client: S3Client,
  part: ConstructorParameters<typeof UploadPartCommand>[0],
): Promise<string | undefined> {
  return (await client.send(new UploadPartCommand(part))).ETag
}
