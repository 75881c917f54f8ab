// What a door lets handlers and jobs do with snapshot repositories. Its implementation knows files and buckets.
import type { CheckedRepository, RepositoryAccess } from '../domain/backfill.ts'
import type { SnapshotContent } from '../domain/snapshot.ts'

export interface Repositories {
  /**
   * Refuses, with `repository_not_allowed`, a folder outside the door's roots, an endpoint that the endpoint rules
   * forbid, and the ambient cloud role where it is not allowed. Opens nothing that is not allowed, reads no snapshot.
   * The answer is the access to use: a folder by its real path, a bucket with the rules for every connection to it.
   */
  check(access: RepositoryAccess): Promise<CheckedRepository>
  /**
   * Checks, and gives an access for a process that has no role of its own: where the ambient role would be used, its
   * keys stand in it, with the moment they run out.
   */
  withKeys(access: RepositoryAccess): Promise<RepositoryAccess>
  /** The snapshots in a repository, read from its files: oldest first, as the repository lists them. Checks first. */
  list(access: RepositoryAccess): Promise<SnapshotContent[]>
}
