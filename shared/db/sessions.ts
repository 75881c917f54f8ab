// Sessions: one migration each. Schema in sql/0001_session.sql.
import type { Session } from '../domain/session.ts'
import { isUuid } from '../domain/session.ts'
import { Problem } from '../problems.ts'
import { type Db, momentOf, refusedBy } from './database.ts'

/** A session as handlers use it. */
export type SessionRow = Session

/**
 * The columns of `session s` with how each action stands, as the API shows it. `actions` reads at most one run an
 * action through `run_newest`, so a session with many runs costs what one with few does.
 */
export const sessionJson = `
  jsonb_build_object(
    'id', s.id, 'name', s.name, 'description', s.description,
    'createdAt', iso(s.created_at),
    'updatedAt', iso(s.updated_at),
    'archivedAt', iso(s.archived_at),
    'actions', (
      select jsonb_object_agg(a.action, jsonb_build_object('status', coalesce(r.state, 'NotStarted'), 'percent', r.percent))
      from unnest(array['snapshot', 'metadata', 'backfill', 'validate', 'capture', 'replay']) as a (action)
      left join lateral (
        select state, percent from run where session_id = s.id and action = a.action
        order by created_at desc, id desc limit 1
      ) r on true
    ),
    'openIssues', (
      select count(*) from run_issue i
      where i.severity <> 'info' and i.run_id in (
        select distinct on (action) id from run where session_id = s.id order by action, created_at desc, id desc)
    ),
    'source', (select case when c.document ? 'source' then jsonb_build_object(
        'endpoint', c.document #>> '{source,endpoint}', 'version', k.result #>> '{version,label}') end
      from config_version c
      left join lateral (select result from connection_check where session_id = s.id and role = 'source' order by id desc limit 1) k on true
      where c.session_id = s.id order by c.version desc limit 1),
    'target', (select case when c.document ? 'target' then jsonb_build_object(
        'endpoint', c.document #>> '{target,endpoint}', 'version', k.result #>> '{version,label}') end
      from config_version c
      left join lateral (select result from connection_check where session_id = s.id and role = 'target' order by id desc limit 1) k on true
      where c.session_id = s.id order by c.version desc limit 1),
    'lastActivityAt', iso(greatest(s.updated_at, (
      select max(r.updated_at) from (
        select updated_at from run where session_id = s.id order by created_at desc, id desc limit 6) r)))
  )`

/** Opens a session. The unique index on the name makes the second of two lose. */
export async function insertSession(
  db: Db,
  session: { name: string; description: string },
): Promise<Session> {
  try {
    const { rows } = await db.query<{ id: string }>(
      `insert into session (name, description) values ($1, $2) returning id`,
      [session.name, session.description],
    )
    return getSession(db, rows[0]?.id ?? '')
  } catch (error) {
    if (refusedBy(error) !== 'session_name_key') throw error
    throw new Problem('session_exists', `A session is already named "${session.name}"`, { cause: error })
  }
}

export async function findSession(db: Db, nameOrId: string): Promise<Session | undefined> {
  const { rows } = await db.query<{ session: Session }>(
    `select ${sessionJson} as session from session s where s.${isUuid(nameOrId) ? 'id' : 'name'} = $1`,
    [nameOrId],
  )
  return rows[0]?.session
}

export async function getSession(db: Db, id: string): Promise<Session> {
  const session = await findSession(db, id)
  if (!session) throw new Problem('session_not_found', 'The session is gone')
  return session
}

type SessionFilter = {
  /** Names the token reaches; null is all. */
  names: string[] | null
  search?: string | undefined
  archived: boolean
  after: readonly [createdAt: string, id: string] | undefined
  limit: number
}

/** Newest first; one more than `limit`, so that the caller sees whether there is a next page. */
export async function listSessions(db: Db, filter: SessionFilter): Promise<Session[]> {
  const { rows } = await db.query<{ session: Session }>(
    `select ${sessionJson} as session
     from (
       select * from session
       where ($1::text[] is null or name = any ($1))
         and ($2::text is null or strpos(lower(name || ' ' || description), lower($2)) > 0)
         and (archived_at is not null) = $3
         and ($4::timestamptz is null or (created_at, id) < (${momentOf('session', '$4', '$5')}, $5::uuid))
       order by created_at desc, id desc
       limit $6
     ) s
     order by s.created_at desc, s.id desc`,
    [
      filter.names,
      filter.search ?? null,
      filter.archived,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit + 1,
    ],
  )
  return rows.map(({ session }) => session)
}

type SessionChange = { description?: string | undefined; archived?: boolean | undefined }

export async function updateSession(db: Db, id: string, change: SessionChange): Promise<Session> {
  await db.query(
    `update session
     set description = coalesce($2, description),
         archived_at = case when $3::boolean is null then archived_at when $3 then coalesce(archived_at, now()) end,
         updated_at = now()
     where id = $1`,
    [id, change.description ?? null, change.archived ?? null],
  )
  return getSession(db, id)
}

/** Deletes a session and all that is its own, unless a run is open. Returns the runs whose artifacts are to be removed. */
export async function deleteSession(db: Db, id: string): Promise<string[]> {
  return db.transaction(async (tx) => {
    await tx.query(`select 1 from session where id = $1 for update`, [id])
    const { rows } = await tx.query<{ id: string; open: boolean; action: string }>(
      `select id, finished_at is null as open, action from run where session_id = $1 for update`,
      [id],
    )
    const open = rows.find((run) => run.open)
    if (open)
      throw new Problem('session_has_open_run', `A ${open.action} run is open; stop it first`, {
        members: { runId: open.id },
      })
    await tx.query(`delete from session where id = $1`, [id])
    return rows.map((run) => run.id)
  })
}
