import * as v from 'valibot'

export const UserRole = v.pipe(v.picklist(['viewer', 'operator', 'admin']), v.metadata({ ref: 'UserRole' }))
export type UserRole = v.InferOutput<typeof UserRole>

/** `run` is the role of a tool's token: it opens the tool routes of its own run and nothing else. */
export type Role = UserRole | 'run'

const rank = { run: -1, viewer: 0, operator: 1, admin: 2 } as const

/** Viewer reads, operator acts, admin manages tokens, secrets and deletes. */
export function mayAct(role: Role, needed: UserRole): boolean {
  return rank[role] >= rank[needed]
}

/** Which sessions a token reaches: all of them, or those it names. */
export const TokenSessions = v.pipe(
  v.union([
    v.literal('*'),
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(50))), v.minLength(1), v.maxLength(1_000)),
  ]),
  v.metadata({ ref: 'TokenSessions' }),
)

export const Token = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.uuid()),
    name: v.string(),
    role: UserRole,
    sessions: TokenSessions,
    createdBy: v.string(),
    createdAt: v.string(),
    expiresAt: v.nullable(v.string()),
    revokedAt: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'Token' }),
)
export type Token = v.InferOutput<typeof Token>

/** Who is calling. */
export type Principal = {
  tokenId: string
  name: string
  role: Role
  /** Null reaches every session. */
  sessions: string[] | null
  runId: string | null
  via: 'token' | 'cookie'
}

export const AuditEntry = v.pipe(
  v.strictObject({
    id: v.number(),
    at: v.string(),
    actor: v.string(),
    address: v.nullable(v.string()),
    operation: v.string(),
    method: v.string(),
    path: v.string(),
    session: v.nullable(v.string()),
    reason: v.nullable(v.string()),
    /** HTTP status of the answer; null where the process ended before it answered. */
    status: v.nullable(v.number()),
    code: v.nullable(v.string()),
    requestId: v.string(),
  }),
  v.metadata({ ref: 'AuditEntry' }),
)
export type AuditEntry = v.InferOutput<typeof AuditEntry>

export const Secret = v.pipe(
  v.strictObject({
    name: v.string(),
    createdAt: v.string(),
    updatedAt: v.string(),
    boundTo: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'Secret' }),
)
export type Secret = v.InferOutput<typeof Secret>

export const SessionEvent = v.pipe(
  v.strictObject({
    id: v.number(),
    type: v.string(),
    runId: v.nullable(v.string()),
    data: v.record(v.string(), v.unknown()),
    actor: v.nullable(v.string()),
    requestId: v.nullable(v.string()),
    at: v.string(),
  }),
  v.metadata({ ref: 'SessionEvent' }),
)
export type SessionEvent = v.InferOutput<typeof SessionEvent>
