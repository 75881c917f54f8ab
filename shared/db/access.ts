// Who may call: tokens, one-time codes, browser sign-ins. Only hashes are kept. Schema in sql/0004_access.sql.
import type { Principal, Token, UserRole } from '../domain/access.ts'
import type { Run } from '../domain/run.ts'
import type { Session } from '../domain/session.ts'
import { isUuid } from '../domain/session.ts'
import { Problem } from '../problems.ts'
import { type Db, momentOf } from './database.ts'
import { runJson } from './run-columns.ts'
import { sessionJson } from './sessions.ts'

export type AccessRow = { principal: Principal; session: Session | null; run: Run | null }

type AccessQuery = {
  hash: Uint8Array
  via: 'token' | 'cookie'
  session: string | undefined
  run: string | undefined
}

const live = `t.revoked_at is null and (t.expires_at is null or t.expires_at > now())`

/** Where a credential leads: to the token itself, or through a browser sign-in that has not ended. */
const holder = {
  token: `token t where t.hash = $1 and ${live}`,
  cookie: `web_session w join token t on t.id = w.token_id where w.hash = $1 and w.expires_at > now() and ${live}`,
}

const principalColumns = `t.id as "tokenId", t.name, t.role, t.sessions, t.run_id as "runId"`
const reach = `(h.sessions is null or s.name = any (h.sessions))`

type Statement = { name: string; text: string }

/**
 * For each credential, with the session or run of the path read in the same round trip. Every request runs one of
 * these, and planning costs several times what running does, so they are named.
 */
function statement({ via, session, run }: AccessQuery): Statement {
  const base = `with h as (select ${principalColumns} from ${holder[via]})`
  if (session !== undefined) {
    const key = isUuid(session) ? 's.id' : 's.name'
    const text = `${base} select h.*, ${sessionJson} as session, s.id as found from h left join session s on ${key} = $2 and ${reach}`
    return { name: `access of a session, ${via}, ${key}`, text }
  }
  if (run !== undefined) {
    const text = `${base} select h.*, case when s.id is not null then ${runJson} end as run
      from h left join run r on r.id = $2 and (h."runId" is null or h."runId" = r.id)
      left join session s on s.id = r.session_id and ${reach}`
    return { name: `access of a run, ${via}`, text }
  }
  return { name: `access, ${via}`, text: `${base} select h.* from h` }
}

type Row = Omit<Principal, 'via'> & { session?: Session; found?: string | null; run?: Run | null }

/** Who holds this credential, and the session or run that the path names if the token reaches it. */
export async function findAccess(db: Db, query: AccessQuery): Promise<AccessRow | undefined> {
  const place = query.session ?? query.run
  const { name: statementName, text } = statement(query)
  const values = [query.hash, ...(place === undefined ? [] : [place])]
  const { rows } = await db.query<Row>(text, values, statementName)
  const [row] = rows
  if (!row) return undefined
  const { tokenId, name, role, sessions, runId } = row
  return {
    principal: { tokenId, name, role, sessions, runId, via: query.via },
    session: row.found ? (row.session ?? null) : null,
    run: row.run ?? null,
  }
}

const tokenColumns = `
  id, name, role, coalesce(to_jsonb(sessions), '"*"') as sessions, created_by as "createdBy",
  created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"`

type NewToken = {
  name: string
  role: UserRole
  sessions: string[] | null
  hash: Uint8Array
  createdBy: string
  expiresAt: string | null
}

export async function insertToken(db: Db, token: NewToken): Promise<Token> {
  const { rows } = await db.query<Token>(
    `insert into token (name, role, sessions, hash, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6)
     returning ${tokenColumns}`,
    [token.name, token.role, token.sessions, token.hash, token.createdBy, token.expiresAt],
  )
  if (!rows[0]) throw new Error('insert into token returned no row')
  return rows[0]
}

/** Newest first, without the tokens of runs; one more than `limit`. */
export async function listTokens(
  db: Db,
  after: readonly [string, string] | undefined,
  limit: number,
): Promise<Token[]> {
  const { rows } = await db.query<Token>(
    `select ${tokenColumns} from token
     where role <> 'run' and ($1::timestamptz is null or (created_at, id) < (${momentOf('token', '$1', '$2')}, $2::uuid))
     order by created_at desc, id desc limit $3`,
    [after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  )
  return rows
}

/** Revokes a token, and with it every browser signed in by it. Revoking twice is harmless; the last admin stays. */
export async function revokeToken(db: Db, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows: admins } = await tx.query<{ id: string }>(
      `select id from token t where role = 'admin' and sessions is null and ${live} order by id for update`,
    )
    if (admins.length === 1 && admins[0]?.id === id)
      throw new Problem('last_admin_token', 'Create another admin token first, or nobody could sign in again')
    const { rowCount } = await tx.query(
      `update token set revoked_at = coalesce(revoked_at, now()) where id = $1 and role <> 'run'`,
      [id],
    )
    if (rowCount === 0) throw new Problem('token_not_found', 'No token has this id')
    await tx.query(`delete from web_session where token_id = $1`, [id])
  })
}

/** Makes sure that the door's own admin token is known, by its hash; a second start changes nothing. Returns its id. */
export async function ensureAdminToken(db: Db, hash: Uint8Array): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into token (name, role, hash, created_by) values ('admin', 'admin', $1, 'start')
     on conflict (hash) do update set hash = excluded.hash
     returning id`,
    [hash],
  )
  if (!rows[0]) throw new Error('insert into token returned no row')
  return rows[0].id
}

export async function insertLoginCode(db: Db, code: { hash: Uint8Array; tokenId: string; minutes: number }) {
  await db.query(
    `insert into login_code (hash, token_id, expires_at) values ($1, $2, now() + make_interval(mins => $3))`,
    [code.hash, code.tokenId, code.minutes],
  )
}

/** Who signs in. */
type Holder = { tokenId: string; name: string }

/** Takes a one-time code: the delete is the taking, so of two who try at once one gets it. */
export async function takeLoginCode(db: Db, hash: Uint8Array): Promise<Holder | undefined> {
  const { rows } = await db.query<Holder>(
    `delete from login_code c using token t
     where c.hash = $1 and c.expires_at > now() and t.id = c.token_id and ${live}
     returning t.id as "tokenId", t.name`,
    [hash],
  )
  return rows[0]
}

export async function findToken(db: Db, hash: Uint8Array): Promise<Holder | undefined> {
  const { rows } = await db.query<Holder>(
    `select t.id as "tokenId", t.name from token t where t.hash = $1 and ${live} and t.role <> 'run'`,
    [hash],
  )
  return rows[0]
}

export async function insertWebSession(db: Db, web: { hash: Uint8Array; tokenId: string; hours: number }) {
  await db.query(
    `insert into web_session (hash, token_id, expires_at) values ($1, $2, now() + make_interval(hours => $3))`,
    [web.hash, web.tokenId, web.hours],
  )
}

export async function deleteWebSession(db: Db, hash: Uint8Array): Promise<void> {
  await db.query(`delete from web_session where hash = $1`, [hash])
}

/** How often this address failed to sign in within the last minute. */
export async function countLoginFailures(db: Db, address: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) as count from login_failure where address = $1 and at > now() - interval '1 minute'`,
    [address],
  )
  return rows[0]?.count ?? 0
}

export async function recordLoginFailure(db: Db, address: string): Promise<void> {
  await db.query(`insert into login_failure (address) values ($1)`, [address])
}
