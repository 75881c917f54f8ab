// POST /tokens
import * as v from 'valibot'
import { insertToken } from '../../shared/db/access.ts'
import { Token, TokenSessions, UserRole } from '../../shared/domain/access.ts'
import { requireEverySession } from '../../shared/http/guard.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import { randomToken, sha256 } from '../../shared/seal.ts'

const Body = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  role: UserRole,
  sessions: v.optional(TokenSessions, '*'),
  expiresAt: v.optional(
    v.nullable(
      v.pipe(
        v.string(),
        v.isoTimestamp('Expected a moment such as 2030-01-31T00:00:00Z'),
        v.check(isAhead, 'Expected a moment to come, such as 2030-01-31T00:00:00Z'),
      ),
    ),
  ),
})

/** False for a day that the calendar does not have, too. */
function isAhead(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  return Date.parse(text) > Date.now() && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
}
const Created = v.pipe(
  v.strictObject({ ...Token.entries, token: v.string() }),
  v.metadata({ ref: 'CreatedToken' }),
)

/** Makes a token and answers it once; only its hash is kept. */
export default route().post(
  '/tokens',
  operation({
    id: 'tokensCreate',
    summary: 'Create a token',
    access: 'admin',
    forgetful: true,
    returns: { 201: Created },
    problems: ['origin_not_allowed', 'body_too_large', 'unsupported_media_type'],
  }),
  body(Body),
  async (c) => {
    requireEverySession(c.var.principal)
    const { name, role, sessions, expiresAt } = c.req.valid('json')
    const token = `ma_${randomToken()}`
    const row = await insertToken(c.var.db, {
      name,
      role,
      sessions: sessions === '*' ? null : sessions,
      hash: await sha256(token),
      createdBy: c.var.principal.name,
      expiresAt: expiresAt ? new Date(expiresAt).toISOString() : null,
    })
    return c.json({ ...row, token }, 201, { 'cache-control': 'no-store', location: `/tokens/${row.id}` })
  },
)
