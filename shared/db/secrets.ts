// Secrets of a session: sealed, write-only, bound to what they may be used for. Schema in sql/0001_session.sql.
import type { Secret } from '../domain/access.ts'
import { Problem } from '../problems.ts'
import type { Sealed } from '../seal.ts'
import type { Db } from './database.ts'

const columns = `name, created_at as "createdAt", updated_at as "updatedAt", bound_origin as "boundTo"`

/** What a secret is used for: another origin, CA or a switched-off verification asks for it again. */
export type Binding = { origin: string; caSha256: string | null; insecure: boolean }

export async function listSecrets(db: Db, sessionId: string): Promise<Secret[]> {
  const { rows } = await db.query<Secret>(
    `select ${columns} from secret where session_id = $1 order by name`,
    [sessionId],
  )
  return rows
}

/**
 * Sets or replaces a secret. Giving it again is the consent to use it elsewhere, so it is bound by its next use;
 * `isNew` says that there was none.
 */
export async function putSecret(
  db: Db,
  sessionId: string,
  name: string,
  sealed: Sealed,
): Promise<{ secret: Secret; isNew: boolean }> {
  const { rows } = await db.query<Secret & { isNew: boolean }>(
    `insert into secret (session_id, name, key_id, iv, sealed) values ($1, $2, $3, $4, $5)
     on conflict (session_id, name) do update
     set key_id = excluded.key_id, iv = excluded.iv, sealed = excluded.sealed, updated_at = now(),
         bound_origin = null, bound_ca_sha256 = null, bound_insecure = null
     returning ${columns}, xmax = 0 as "isNew"`,
    [sessionId, name, sealed.keyId, sealed.iv, sealed.sealed],
  )
  if (!rows[0]) throw new Error('insert into secret returned no row')
  const { isNew, ...secret } = rows[0]
  return { secret, isNew }
}

export async function deleteSecret(db: Db, sessionId: string, name: string): Promise<void> {
  const { rowCount } = await db.query(`delete from secret where session_id = $1 and name = $2`, [
    sessionId,
    name,
  ])
  if (rowCount === 0) throw new Problem('secret_not_found', `No secret is named "${name}"`)
}

/**
 * Binds a secret to its use if it is not bound yet; refuses another use. Returns false where the secret is not set.
 * The `where` of the update is the guard: of two first uses at once, one binds and the other is compared with it.
 */
export async function bindSecret(db: Db, sessionId: string, name: string, use: Binding): Promise<boolean> {
  const { rowCount } = await db.query(
    `update secret set bound_origin = $3, bound_ca_sha256 = $4, bound_insecure = $5
     where session_id = $1 and name = $2 and bound_origin is null`,
    [sessionId, name, use.origin, use.caSha256, use.insecure],
  )
  if (rowCount === 1) return true
  const { rows } = await db.query<Binding>(
    `select bound_origin as origin, bound_ca_sha256 as "caSha256", bound_insecure as insecure
     from secret where session_id = $1 and name = $2`,
    [sessionId, name],
  )
  const [bound] = rows
  if (!bound) return false
  refuseOtherUse(name, bound, use)
  return true
}

function refuseOtherUse(name: string, bound: Binding, use: Binding) {
  const reason =
    bound.origin !== use.origin
      ? `it was given for ${bound.origin}, not for ${use.origin}`
      : bound.caSha256 !== use.caSha256
        ? `it was given for ${bound.origin} with another CA`
        : use.insecure && !bound.insecure
          ? `it was given for ${bound.origin} with its certificate verified, which is now off`
          : undefined
  if (reason)
    throw new Problem(
      'secret_not_for_this_endpoint',
      `The secret "${name}" cannot be used: ${reason}. Set the secret again to use it here`,
    )
}

export async function findSealed(db: Db, sessionId: string, name: string): Promise<Sealed | undefined> {
  const { rows } = await db.query<Sealed>(
    `select key_id as "keyId", iv, sealed from secret where session_id = $1 and name = $2`,
    [sessionId, name],
  )
  return rows[0]
}
