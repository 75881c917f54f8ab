// From a configured snapshot repository to one that can be read: its secret is bound to its use, then unsealed.
import { awsKeys, secretPlace } from './connections.ts'
import type { Db } from './db/database.ts'
import { bindSecret, findSealed } from './db/secrets.ts'
import type { RepositoryAccess } from './domain/backfill.ts'
import type { Repository } from './domain/config.ts'
import { Problem } from './problems.ts'
import type { Seal } from './seal.ts'

type S3Repository = Extract<Repository, { type: 's3' }>

/** What the secret of a bucket is given for: the server's origin, or the bucket and its region where it is AWS itself. */
export function repositoryOrigin({ endpoint, bucket, region }: S3Repository): string {
  if (endpoint !== undefined) return new URL(endpoint).origin
  return region === undefined ? `s3://${bucket}` : `s3://${bucket} in ${region}`
}

/**
 * Binds the repository's secret to its origin, or refuses with `secret_not_for_this_endpoint`. Throws
 * `secret_missing` where it is not set.
 */
export async function bindRepositorySecret(db: Db, sessionId: string, repository: Repository): Promise<void> {
  if (repository.type === 'fs' || repository.secret === undefined) return
  const use = { origin: repositoryOrigin(repository), caSha256: null, insecure: false }
  if (!(await bindSecret(db, sessionId, repository.secret, use))) throw missing(repository.secret)
}

/**
 * The repository with its credentials, for the moment of use. Without a secret there are none; whether a folder, an
 * endpoint or the ambient cloud role may be used is the door's to say, by `Repositories.check`.
 */
export async function resolveRepository(
  { db, seal }: { db: Db; seal: Seal },
  sessionId: string,
  repository: Repository,
): Promise<RepositoryAccess> {
  if (repository.type === 'fs') return { type: 'fs', path: repository.path }
  await bindRepositorySecret(db, sessionId, repository)
  const { type, bucket, prefix, region, endpoint, pathStyle, secret } = repository
  const place = {
    type,
    bucket,
    prefix: (prefix ?? '').replace(/^\/+|\/+$/g, ''),
    region,
    endpoint,
    pathStyle,
  }
  if (secret === undefined) return place
  const sealed = await findSealed(db, sessionId, secret)
  if (!sealed) throw missing(secret)
  const credentials = awsKeys(await seal.open(sealed, secretPlace(sessionId, secret)), secret)
  return { ...place, credentials }
}

function missing(name: string): Problem {
  return new Problem(
    'secret_missing',
    `The repository names the secret "${name}", which is not set: PUT …/secrets/${name}`,
  )
}
