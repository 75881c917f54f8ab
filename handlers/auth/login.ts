// POST /auth/login
import { setCookie } from 'hono/cookie'
import * as v from 'valibot'
import {
  countLoginFailures,
  findToken,
  insertWebSession,
  recordLoginFailure,
  takeLoginCode,
} from '../../shared/db/access.ts'
import { closeAuditEntry, openAuditEntry } from '../../shared/db/audit.ts'
import type { Db } from '../../shared/db/database.ts'
import { COOKIE, refuseForeignOrigin } from '../../shared/http/guard.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { Problem } from '../../shared/problems.ts'
import { randomToken, sha256 } from '../../shared/seal.ts'

const credential = v.pipe(v.string(), v.minLength(1), v.maxLength(512))
const Body = v.union([v.strictObject({ code: credential }), v.strictObject({ token: credential })])
const SignedIn = v.strictObject({ status: v.literal('signed_in') })
const HOURS = 12
const FAILURES_PER_MINUTE = 10

async function findHolder(db: Db, given: v.InferOutput<typeof Body>) {
  return 'code' in given
    ? takeLoginCode(db, await sha256(given.code))
    : findToken(db, await sha256(given.token))
}

/** Turns a one-time code or a token into a browser's cookie, which is neither of them. */
export default route().post(
  '/auth/login',
  operation({
    id: 'authLogin',
    summary: 'Sign in with a one-time code or a token',
    access: 'public',
    returns: { 200: SignedIn },
    problems: [
      'sign_in_failed',
      'origin_not_allowed',
      'too_many_requests',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  body(Body),
  async (c) => {
    refuseForeignOrigin(c)
    const { db } = c.var
    const address = c.var.address ?? 'unknown'
    const isHeldBack = (await countLoginFailures(db, address)) >= FAILURES_PER_MINUTE
    const principal = isHeldBack ? undefined : await findHolder(db, c.req.valid('json'))
    const entry = await openAuditEntry(db, {
      principal: principal ?? null,
      address: c.var.address,
      operation: 'authLogin',
      method: 'POST',
      path: c.req.path,
      session: null,
      sessionId: null,
      requestId: c.var.requestId,
    })
    if (isHeldBack) {
      await closeAuditEntry(db, entry, { status: 429, code: 'too_many_requests', reason: null })
      throw new Problem('too_many_requests', 'Too many failed sign-ins from here; wait a minute', {
        headers: { 'retry-after': '60' },
      })
    }
    if (principal === undefined) {
      await recordLoginFailure(db, address)
      await closeAuditEntry(db, entry, { status: 401, code: 'sign_in_failed', reason: null })
      throw new Problem('sign_in_failed', 'The code or token is unknown, used or expired')
    }

    const cookie = randomToken()
    await insertWebSession(db, { hash: await sha256(cookie), tokenId: principal.tokenId, hours: HOURS })
    await closeAuditEntry(db, entry, { status: 200, code: null, reason: null })
    setCookie(c, COOKIE, cookie, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: HOURS * 3_600,
      secure: new URL(c.req.url).protocol === 'https:',
    })
    return c.json({ status: 'signed_in' as const })
  },
)
