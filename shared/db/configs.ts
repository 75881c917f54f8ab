// Config versions: immutable documents with optimistic locking. Schema in sql/0001_session.sql.
import type { ConfigVersion } from '../domain/config.ts'
import type { FieldError } from '../domain/field-error.ts'
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'

const columns = `version, author, created_at as "createdAt", valid, errors, document`

export async function findConfig(
  db: Db,
  sessionId: string,
  version?: number,
): Promise<ConfigVersion | undefined> {
  const { rows } = await db.query<ConfigVersion>(
    `select ${columns} from config_version
     where session_id = $1 and ($2::integer is null or version = $2)
     order by version desc limit 1`,
    [sessionId, version ?? null],
  )
  return rows[0]
}

/** Newest first; one more than `limit`. */
export async function listConfigs(
  db: Db,
  sessionId: string,
  before: number | undefined,
  limit: number,
): Promise<ConfigVersion[]> {
  const { rows } = await db.query<ConfigVersion>(
    `select ${columns} from config_version
     where session_id = $1 and ($2::bigint is null or version < $2)
     order by version desc limit $3`,
    [sessionId, before ?? null, limit + 1],
  )
  return rows
}

type NewConfig = {
  sessionId: string
  /** The version that was read; null accepts whatever is current. */
  expected: number | null
  document: Record<string, unknown>
  valid: boolean
  errors: FieldError[]
  author: string
}

/** Adds the next version. The session's row lock makes writers queue; a stale one is told the current version. */
export async function insertConfig(db: Db, config: NewConfig): Promise<ConfigVersion> {
  return db.transaction(async (tx) => {
    await tx.query(`update session set updated_at = now() where id = $1`, [config.sessionId])
    const current = (await findConfig(tx, config.sessionId))?.version ?? 0
    if (config.expected !== null && config.expected !== current)
      throw new Problem(
        'stale_version',
        `The config is at version ${current}, not ${config.expected}; read it again and apply your change to that`,
        {
          headers: { etag: `"${current}"` },
        },
      )
    const { rows } = await tx.query<ConfigVersion>(
      `insert into config_version (session_id, version, document, valid, errors, author)
       values ($1, $2, $3, $4, $5, $6)
       returning ${columns}`,
      [
        config.sessionId,
        current + 1,
        JSON.stringify(config.document),
        config.valid,
        JSON.stringify(config.errors),
        config.author,
      ],
    )
    if (!rows[0]) throw new Error('insert into config_version returned no row')
    return rows[0]
  })
}
