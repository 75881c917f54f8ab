// POST /approvals/:approval/reject
import * as v from 'valibot'
import { decideApproval } from '../../shared/db/approvals.ts'
import { Approval } from '../../shared/domain/approval.ts'
import { body, operation, params, route } from '../../shared/http/route.ts'

const Params = v.strictObject({ approval: v.pipe(v.string(), v.uuid('Expected the id of an approval')) })
const Body = v.strictObject({ comment: v.optional(v.pipe(v.string(), v.maxLength(500))) })

/** Refuses the gate and stops the run; what it has done stays done. */
export default route().post(
  '/approvals/:approval/reject',
  operation({
    id: 'approvalsReject',
    summary: 'Reject a gate that a run waits at',
    access: 'operator',
    returns: { 200: Approval },
    problems: [
      'approval_not_found',
      'approval_decided',
      'run_not_open',
      'origin_not_allowed',
      'idempotency_key_reused',
      'request_in_progress',
      'body_too_large',
      'unsupported_media_type',
    ],
  }),
  params(Params),
  body(Body, { optional: true }),
  async (c) => {
    const { db, principal, requestId } = c.var
    const comment = c.req.valid('json').comment ?? null
    c.set('reason', comment)
    const by = { actor: principal.name, requestId, sessions: principal.sessions }
    return c.json(await decideApproval(db, c.req.valid('param').approval, { state: 'rejected', comment, by }))
  },
)
