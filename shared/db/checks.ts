// Connection checks: the last answers of a cluster, with the config they were asked under. Schema in sql/0001_session.sql.
import type { ClusterRole, ConnectionCheck } from '../domain/cluster.ts'
import type { Db } from './database.ts'

export async function insertCheck(
  db: Db,
  check: { sessionId: string; role: ClusterRole; configVersion: number; result: ConnectionCheck },
): Promise<void> {
  await db.query(
    `insert into connection_check (session_id, role, config_version, result) values ($1, $2, $3, $4)`,
    [check.sessionId, check.role, check.configVersion, check.result],
  )
}

export async function findCheck(
  db: Db,
  sessionId: string,
  role: ClusterRole,
): Promise<{ configVersion: number; result: ConnectionCheck } | undefined> {
  const { rows } = await db.query<{ configVersion: number; result: ConnectionCheck }>(
    `select config_version as "configVersion", result from connection_check
     where session_id = $1 and role = $2 order by id desc limit 1`,
    [sessionId, role],
  )
  return rows[0]
}
