import { RepositoryError } from '../lucene/repository-error.ts'
import type { BlobStore } from './blob-store.ts'
import { openFolder } from './fs-blobs.ts'
import type { S3Location } from './s3-blobs.ts'

/** Where a repository is: `SnapshotRepository` of a session's config, with its secret resolved. */
export type RepositoryLocation = { type: 'fs'; path: string } | ({ type: 's3' } & S3Location)

export async function openBlobs(location: RepositoryLocation): Promise<BlobStore> {
  if (location.type === 'fs') return openFolder(location.path)
  const { openBucket } = await import('./s3-blobs.ts') // its SDK takes longer to load than a folder to read
  return openBucket(location)
}

/** A folder, or `s3://bucket/prefix`, as a person writes it. Throws `invalid_input`. */
export function parseLocation(
  text: string,
  s3: Pick<S3Location, 'endpoint' | 'region' | 'pathStyle'> = {},
): RepositoryLocation {
  if (!text.startsWith('s3:')) return { type: 'fs', path: text }
  const found = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]*)(?:\/(.*))?$/.exec(text)
  if (found?.[1] === undefined)
    throw new RepositoryError('invalid_input', `"${text}" is not a repository`, {
      expected: 's3://bucket/prefix',
      found: text,
    })
  return { type: 's3', bucket: found[1], prefix: found[2] ?? '', ...s3 }
}
