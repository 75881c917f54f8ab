// What start and retry of a metadata run ask of the end that is read.
import type { Db } from '../db/database.ts'
import type { ConfigDocument } from '../domain/config.ts'
import type { SnapshotRef } from '../domain/snapshot-ref.ts'
import { Problem } from '../problems.ts'
import { bindRepositorySecret } from '../repository-access.ts'
import { getCluster } from './startable.ts'

/**
 * Refuses a source that is not configured or whose secret is not set: the repository where a snapshot is asked for,
 * else the source cluster.
 */
export async function checkMetadataSource(
  db: Db,
  sessionId: string,
  document: ConfigDocument,
  snapshotRef: SnapshotRef | undefined,
): Promise<void> {
  if (snapshotRef === undefined) {
    if (!document.source)
      throw new Problem(
        'source_not_configured',
        'The config has no source; PUT …/config with a "source", or name a snapshot as snapshotRef',
      )
    await getCluster(db, sessionId, document, 'source')
    return
  }
  const repository = document.repositories?.[snapshotRef.repository]
  if (!repository)
    throw new Problem('repository_not_configured', `The config has no repository "${snapshotRef.repository}"`)
  await bindRepositorySecret(db, sessionId, repository)
}
