// What stands before every route, in the order of design §6: 401, 404, 403, then the route's own checks.
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { type AccessRow, findAccess } from '../db/access.ts'
import { closeAuditEntry, openAuditEntry } from '../db/audit.ts'
import { mayAct, type Principal, type UserRole } from '../domain/access.ts'
import { isUuid } from '../domain/session.ts'
import { Problem } from '../problems.ts'
import type { AppEnv } from './context.ts'
import { answerOnce } from './idempotency.ts'
import { tokenHash } from './token-hash.ts'

export const COOKIE = 'migration_assistant'

type Guarded = { id: string; access: UserRole | 'public'; forgetful?: boolean }

/** Authenticates, finds the session or run of the path, checks role and origin, audits, and answers a repeated POST once. */
export function guard({ id, access, forgetful }: Guarded): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (access === 'public') return next()
    const found = await identify(c)
    if (isSafe(c)) {
      place(c, found)
      refuseRole(c, access)
      return next()
    }
    return audited(c, id, found, async () => {
      place(c, found)
      refuseRole(c, access)
      refuseOtherOrigin(c)
      await (c.req.method === 'POST' && !forgetful ? answerOnce(c, next) : next())
    })
  }
}

function isSafe(c: Context<AppEnv>): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

export async function authenticate(c: Context<AppEnv>): Promise<void> {
  place(c, await identify(c))
}

/** Reads token, session and run in one statement; a session the token does not reach is as absent as one that is not there. */
async function identify(c: Context<AppEnv>): Promise<AccessRow> {
  const credential = findCredential(c)
  if (!credential) throw unauthenticated('Send "Authorization: Bearer <token>", or sign in')
  const [session, run] = [c.req.param('session'), c.req.param('run')]
  const hash = tokenHash(credential.value)
  const found = await findAccess(c.get('db'), {
    hash: hash instanceof Uint8Array ? hash : await hash,
    via: credential.via,
    // No name has U+0000, and Postgres would refuse to look for it.
    session: session?.replaceAll('\0', '\ufffd'),
    run: run !== undefined && isUuid(run) ? run : undefined,
  })
  if (!found) throw unauthenticated('The token is unknown, expired or revoked')
  c.set('principal', found.principal)
  return found
}

function place(c: Context<AppEnv>, found: AccessRow) {
  const [session, run] = [c.req.param('session'), c.req.param('run')]
  if (session !== undefined) {
    if (!found.session)
      throw new Problem('session_not_found', `No session is named ${JSON.stringify(session.slice(0, 80))}`)
    c.set('session', found.session)
  }
  if (run !== undefined) {
    if (!found.run)
      throw new Problem('run_not_found', `No run has the id ${JSON.stringify(run.slice(0, 80))}`)
    c.set('run', found.run)
  }
}

function findCredential(c: Context<AppEnv>): { value: string; via: 'token' | 'cookie' } | undefined {
  const header = c.req.header('authorization')
  if (header !== undefined) {
    const [, value] = /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header) ?? []
    return value === undefined ? undefined : { value, via: 'token' }
  }
  const cookie = getCookie(c, COOKIE)
  return cookie === undefined ? undefined : { value: cookie, via: 'cookie' }
}

function unauthenticated(detail: string): Problem {
  return new Problem('not_authenticated', detail, {
    headers: { 'www-authenticate': 'Bearer realm="migration-assistant"' },
  })
}

function refuseRole(c: Context<AppEnv>, needed: UserRole) {
  const { role, name } = c.get('principal')
  if (!mayAct(role, needed))
    throw new Problem('not_allowed', `The token "${name}" has the role ${role}; this needs ${needed}`)
}

/** A cookie is sent by the browser on its own, so an unsafe request must come from our own pages. */
function refuseOtherOrigin(c: Context<AppEnv>) {
  if (c.var.principal.via === 'token') return
  if (c.req.header('origin') === undefined)
    throw new Problem('origin_not_allowed', 'A signed-in browser must say its Origin to change things')
  refuseForeignOrigin(c)
}

/** A token that reaches some sessions only cannot manage tokens, or it could make itself one that reaches all. */
export function requireEverySession({ name, sessions }: Principal) {
  if (sessions !== null)
    throw new Problem(
      'not_allowed',
      `The token "${name}" reaches some sessions only; tokens need one that reaches all`,
    )
}

/** A browser says where a request comes from; a page of another site may not speak for its reader. */
export function refuseForeignOrigin(c: Context<AppEnv>) {
  const origin = c.req.header('origin')
  if (origin === undefined) return
  const host = c.req.header('host') ?? new URL(c.req.url).host
  if (!URL.canParse(origin) || new URL(origin).host !== host)
    throw new Problem('origin_not_allowed', 'A signed-in browser may change things only from our own pages')
}

/** The entry is written before the act and completed after it, so that nothing is done without a trace. */
async function audited(
  c: Context<AppEnv>,
  operation: string,
  { session, run }: AccessRow,
  act: () => Promise<void>,
) {
  const entry = await openAuditEntry(c.var.db, {
    principal: c.var.principal,
    address: c.var.address,
    operation,
    method: c.req.method,
    path: c.req.path,
    session,
    sessionId: run?.sessionId ?? null,
    requestId: c.var.requestId,
  })
  let problem: Problem | undefined
  try {
    await act()
    if (c.error) problem = Problem.from(c.error)
  } catch (error) {
    problem = Problem.from(error)
    throw error
  } finally {
    const status = problem?.status ?? c.res.status
    const result = { status, code: problem?.code ?? null, reason: c.var.reason ?? null }
    // The answer stands whatever becomes of its entry: what was done is done.
    await closeAuditEntry(c.var.db, entry, result).catch((error: unknown) =>
      c.var.log.error('the audit entry was not completed', { requestId: c.var.requestId, entry, error }),
    )
  }
}
