// Idempotency keys: which answer a repeated request gets. Schema in sql/0004_access.sql.
import { Problem } from '../problems.ts'
import type { Db } from './database.ts'

type Answer = { status: number; headers: Record<string, string>; body: string }
type Claim = { tokenId: string; key: string; request: string; bodySha256: string }

/** A request whose process died is forgotten after this long, and may be sent again. */
const ABANDONED_AFTER = `interval '1 minute'`

/** Takes the key for this request. Returns the kept answer of an earlier one, or undefined where the caller is the first. */
export async function claimIdempotencyKey(db: Db, claim: Claim): Promise<Answer | undefined> {
  const values = [claim.tokenId, claim.key, claim.request, claim.bodySha256]
  const { rowCount } = await db.query(
    `insert into idempotency_key (token_id, key, request, body_sha256) values ($1, $2, $3, $4)
     on conflict (token_id, key) do update set created_at = now()
     where idempotency_key.status is null and idempotency_key.created_at < now() - ${ABANDONED_AFTER}
       and idempotency_key.request = excluded.request and idempotency_key.body_sha256 = excluded.body_sha256`,
    values,
  )
  if (rowCount === 1) return undefined
  const { rows } = await db.query<Partial<Answer> & { request: string; bodySha256: string }>(
    `select request, body_sha256 as "bodySha256", status, headers, body from idempotency_key where token_id = $1 and key = $2`,
    values.slice(0, 2),
  )
  const [kept] = rows
  if (kept && (kept.request !== claim.request || kept.bodySha256 !== claim.bodySha256))
    throw new Problem(
      'idempotency_key_reused',
      'The Idempotency-Key was used for another request; take a new one',
    )
  if (!kept?.status)
    throw new Problem('request_in_progress', 'The first request with this Idempotency-Key has not ended yet')
  return { status: kept.status, headers: kept.headers ?? {}, body: kept.body ?? '' }
}

export async function keepIdempotentAnswer(
  db: Db,
  tokenId: string,
  key: string,
  answer: Answer,
): Promise<void> {
  await db.query(
    `update idempotency_key set status = $3, headers = $4, body = $5 where token_id = $1 and key = $2`,
    [tokenId, key, answer.status, answer.headers, answer.body],
  )
}

export async function forgetIdempotencyKey(db: Db, tokenId: string, key: string): Promise<void> {
  await db.query(`delete from idempotency_key where token_id = $1 and key = $2 and status is null`, [
    tokenId,
    key,
  ])
}
