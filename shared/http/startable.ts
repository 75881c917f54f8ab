// What every start and connection needs first: a config that may be started from.
import { bindClusterSecret, secretOf } from '../connections.ts'
import { findConfig } from '../db/configs.ts'
import type { Db } from '../db/database.ts'
import type { Cluster, ClusterRole } from '../domain/cluster.ts'
import type { ConfigDocument } from '../domain/config.ts'
import { judgeConfig } from '../domain/config-rules.ts'
import { Problem } from '../problems.ts'

/** The current config if it is valid, with its version; else `config_invalid` with every error on its field. */
export async function getValidConfig(
  db: Db,
  sessionId: string,
): Promise<{ version: number; document: ConfigDocument }> {
  const config = await findConfig(db, sessionId)
  const { document, errors } = judgeConfig(config?.document ?? {})
  if (!document) {
    const same = errors.some(({ code }) => code === 'source_is_target')
    const [first] = errors
    throw new Problem(
      same ? 'source_is_target' : 'config_invalid',
      `Version ${config?.version} is a draft: ${first?.path} ${first?.message}`,
      { errors },
    )
  }
  return { version: config?.version ?? 0, document }
}

/** The cluster of a role, with its secret set and bound to it. */
export async function getCluster(
  db: Db,
  sessionId: string,
  document: ConfigDocument,
  role: ClusterRole,
): Promise<Cluster> {
  const cluster = document[role]
  if (!cluster)
    throw new Problem(`${role}_not_configured`, `The config has no ${role}; PUT …/config with a "${role}"`)
  if (!(await bindClusterSecret(db, sessionId, cluster)))
    throw new Problem(
      'secret_missing',
      `The ${role} names the secret "${secretOf(cluster)}", which is not set`,
    )
  return cluster
}
