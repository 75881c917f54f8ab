import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { RepositoryError, throwIfStopped, truncated } from '../lucene/repository-error.ts'
import { type BlobInfo, type BlobStore, type ReadRange, release } from './blob-store.ts'

export type S3Location = {
  bucket: string
  /** Without slashes at its ends. */
  prefix?: string
  /** Any S3-compatible server; absent: AWS. */
  endpoint?: string
  region?: string
  pathStyle?: boolean
  /** Absent: the ambient ones of the environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** Resolves the names that are connected to; absent: the system's own way. */
  lookup?: LookupFunction
}

const ATTEMPTS = 5
const MiB = 1 << 20

/** A repository in a bucket, read by ranges. A request that fails for a reason that may pass is sent again, 5 times. */
export function openBucket(location: S3Location): BlobStore {
  return new BucketBlobs(location)
}

class BucketBlobs implements BlobStore {
  readonly location: string
  readonly readSize = 4 * MiB
  readonly readAhead = 4
  readonly #client: S3Client
  readonly #bucket: string
  readonly prefix: string

  constructor({ bucket, prefix = '', endpoint, region, pathStyle, credentials, lookup }: S3Location) {
    this.#bucket = bucket
    this.prefix = prefix.replace(/^\/+|\/+$/g, '')
    this.location = `s3://${[bucket, this.prefix].filter(Boolean).join('/')}`
    this.#client = new S3Client({
      endpoint,
      region: region ?? (endpoint === undefined ? undefined : 'us-east-1'),
      forcePathStyle: pathStyle,
      credentials,
      maxAttempts: 1, // retried here, where the body is part of the attempt
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: 5_000,
        requestTimeout: 60_000,
        ...(lookup ? { httpAgent: { lookup }, httpsAgent: { lookup } } : {}),
      },
    })
  }

  async read(
    name: string,
    { offset = 0, length, expectedSize, signal }: ReadRange = {},
  ): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0)
    const end = length === undefined ? '' : String(offset + length - 1)
    const ranged = offset > 0 || length !== undefined
    return this.#retried(name, signal, async () => {
      const answer = await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: this.#key(name),
          Range: ranged ? `bytes=${offset}-${end}` : undefined,
        }),
        { abortSignal: signal },
      )
      const total = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? answer.ContentLength)
      if (expectedSize !== undefined && total !== expectedSize) throw truncated(name, expectedSize, total)
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0)
      const wanted = length ?? answer.ContentLength ?? bytes.length
      if (bytes.length < wanted && total >= offset + wanted) throw new Error('the body ended early')
      if (bytes.length !== wanted) throw truncated(name, offset + wanted, offset + bytes.length)
      return bytes
    })
  }

  free(bytes: Uint8Array): void {
    release(bytes)
  }

  async size(name: string, signal?: AbortSignal): Promise<number> {
    return this.#retried(name, signal, async () => {
      const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: this.#key(name) })
      const { ContentLength } = await this.#client.send(command, { abortSignal: signal })
      return ContentLength ?? 0
    })
  }

  async list(prefix: string, signal?: AbortSignal): Promise<BlobInfo[]> {
    const blobs: BlobInfo[] = []
    const start = this.#key('')
    let token: string | undefined
    do {
      const page = await this.#retried(prefix, signal, () =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#key(prefix),
            Delimiter: '/',
            ContinuationToken: token,
          }),
          { abortSignal: signal },
        ),
      )
      for (const { Key = '', Size = 0 } of page.Contents ?? [])
        blobs.push({ name: Key.slice(start.length), size: Size })
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (token !== undefined)
    return blobs
  }

  rooted(path: string): string {
    return `/${path}`
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  /** A leading slash stands for the bucket itself, see `rooted`. */
  #key(name: string): string {
    if (name.split('/').includes('..'))
      throw new RepositoryError('path_refused', `"${name}" leads out of the repository`, { file: name })
    if (name.startsWith('/')) return name.slice(1)
    return this.prefix === '' ? name : `${this.prefix}/${name}`
  }

  async #retried<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      throwIfStopped(signal)
      try {
        return await work()
      } catch (cause) {
        throwIfStopped(signal)
        const { error, passing } = this.#classify(name, cause)
        if (!passing || attempt === ATTEMPTS) throw error
        const delayMs = Math.min(200 * 2 ** (attempt - 1), 5_000) * (0.5 + Math.random() / 2)
        await sleep(delayMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  #classify(name: string, cause: unknown): { error: RepositoryError; passing: boolean } {
    if (cause instanceof RepositoryError) return { error: cause, passing: false }
    const { status, code } = whatFailed(cause)
    const give = (error: RepositoryError, passing = false) => ({ error, passing })
    const where = { file: name, found: code, cause }
    if (code === 'NoSuchBucket')
      return give(
        new RepositoryError('repository_not_found', `There is no bucket "${this.#bucket}"`, {
          ...where,
          remedy: 'Check bucket, region and endpoint of the repository',
        }),
      )
    if (status === 404)
      return give(
        new RepositoryError('blob_missing', `The repository has no object "${name}"`, {
          ...where,
          remedy: 'The snapshot may have been deleted while it was read; choose one that still exists',
        }),
      )
    if (status === 416)
      return give(
        new RepositoryError('blob_truncated', `The object "${name}" is shorter than it should be`, where),
      )
    if (status === 401 || status === 403 || code === 'CredentialsProviderError')
      return give(
        new RepositoryError('access_denied', `The object store refused to read "${name}" (${code})`, {
          ...where,
          remedy: 'Check the credentials, and that they may s3:GetObject and s3:ListBucket here',
        }),
      )
    const passing = status === undefined || status >= 500 || status === 429 || status === 408
    return give(
      new RepositoryError('unreachable', `The object store cannot be read at "${name}" (${code})`, {
        ...where,
        remedy: 'Check the endpoint and the network between here and the object store',
      }),
      passing,
    )
  }
}

function whatFailed(cause: unknown): { status: number | undefined; code: string } {
  if (!(cause instanceof Error)) return { status: undefined, code: 'error' }
  const metadata: unknown = '$metadata' in cause ? cause.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode) || undefined
      : undefined
  return { status, code: 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name }
}
