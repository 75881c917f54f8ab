// Tokens of tools: they open the routes of their own run, and die with it. Schema in sql/0004_access.sql.
import { randomToken, sha256 } from '../seal.ts'
import type { Db } from './database.ts'

/** Mints the token of a run and revokes an earlier one, so that a redelivered submission leaves one that works. */
export async function mintRunToken(db: Db, runId: string): Promise<string> {
  const token = `mr_${randomToken()}`
  const hash = await sha256(token)
  await db.transaction(async (tx) => {
    await tx.query(`update token set revoked_at = now() where run_id = $1 and revoked_at is null`, [runId])
    await tx.query(
      `insert into token (name, role, run_id, hash, created_by) values ('run', 'run', $1, $2, 'engine')`,
      [runId, hash],
    )
  })
  return token
}

/** Mints a token beside those that the run has, for a holder who may find that an earlier one was given already. */
export async function addRunToken(db: Db, runId: string): Promise<{ id: string; token: string }> {
  const token = `mr_${randomToken()}`
  const { rows } = await db.query<{ id: string }>(
    `insert into token (name, role, run_id, hash, created_by) values ('run', 'run', $1, $2, 'engine') returning id`,
    [runId, await sha256(token)],
  )
  return { id: rows[0]?.id ?? '', token }
}

/** Leaves the run the one token that its pods were given, or takes back the one they were not. */
export async function settleRunToken(db: Db, runId: string, id: string, given: boolean): Promise<void> {
  await db.query(
    `update token set revoked_at = now() where run_id = $1 and revoked_at is null and (id <> $2) = $3`,
    [runId, id, given],
  )
}

export async function revokeRunTokens(db: Db, runId: string): Promise<void> {
  await db.query(`update token set revoked_at = now() where run_id = $1 and revoked_at is null`, [runId])
}
