import * as v from 'valibot'
import { FieldError } from './domain/field-error.ts'

/** Every error a caller can meet, in one table. Add a row here before throwing it anywhere. */
const catalogue = {
  invalid_input: { status: 400, title: 'The request does not fit the schema' },
  not_authenticated: { status: 401, title: 'A token is needed' },
  sign_in_failed: { status: 401, title: 'The code or token was not accepted' },
  not_allowed: { status: 403, title: 'The token may not do this' },
  origin_not_allowed: { status: 403, title: 'The request came from another site' },
  route_not_found: { status: 404, title: 'No such route' },
  session_not_found: { status: 404, title: 'No such session' },
  config_version_not_found: { status: 404, title: 'No such config version' },
  secret_not_found: { status: 404, title: 'No such secret' },
  run_not_found: { status: 404, title: 'No such run' },
  workflow_not_found: { status: 404, title: 'The run has no workflow' },
  artifact_not_found: { status: 404, title: 'No such artifact' },
  repository_not_found: { status: 404, title: 'No such repository in the config' },
  snapshot_not_found: { status: 404, title: 'No such snapshot' },
  approval_not_found: { status: 404, title: 'No such approval' },
  token_not_found: { status: 404, title: 'No such token' },
  method_not_allowed: { status: 405, title: 'The route has other methods' },
  session_exists: { status: 409, title: 'A session of this name exists' },
  session_has_open_run: { status: 409, title: 'The session has an open run' },
  config_invalid: { status: 409, title: 'The config is not valid, so nothing can be started from it' },
  source_not_configured: { status: 409, title: 'The session has no source cluster' },
  target_not_configured: { status: 409, title: 'The session has no target cluster' },
  source_is_target: { status: 409, title: 'Source and target are the same cluster' },
  secret_missing: { status: 409, title: 'The config names a secret that is not set' },
  secret_in_use: { status: 409, title: 'The config uses this secret' },
  secret_not_for_this_endpoint: { status: 409, title: 'The secret is bound to another endpoint' },
  run_in_progress: { status: 409, title: 'The action is already running' },
  run_not_open: { status: 409, title: 'The run has ended' },
  run_not_running: { status: 409, title: 'The run is not running' },
  run_not_paused: { status: 409, title: 'The run is not paused' },
  backfill_not_started: { status: 409, title: 'No backfill has been started' },
  repository_not_configured: { status: 409, title: 'The config has no such repository' },
  repository_not_allowed: { status: 409, title: 'The repository may not be used from here' },
  repository_differs: { status: 409, title: 'The source knows another repository under this name' },
  snapshot_in_use: { status: 409, title: 'An open run uses the snapshot' },
  confirmation_needed: { status: 409, title: 'The name must be repeated to confirm' },
  snapshot_not_started: { status: 409, title: 'No snapshot has been started' },
  signing_key_not_set: { status: 409, title: 'No key to sign certificates with is set' },
  approval_decided: { status: 409, title: 'The approval is decided already' },
  nothing_to_retry: { status: 409, title: 'No item of the last run failed' },
  trial_not_found: { status: 409, title: 'The session has no such trial' },
  work_left: { status: 409, title: 'The backfill ended before its work was done' },
  lease_lost: { status: 409, title: 'Somebody else holds the run now' },
  result_missing: { status: 409, title: 'The tool ended without a result' },
  idempotency_key_reused: { status: 409, title: 'The idempotency key was used for another request' },
  request_in_progress: { status: 409, title: 'The same request is still being worked on' },
  last_admin_token: { status: 409, title: 'The last admin token cannot be deleted' },
  repository_failed: { status: 502, title: 'The snapshot repository cannot be read' },
  repository_refused: { status: 502, title: 'The source does not take the repository' },
  cluster_failed: { status: 502, title: 'The cluster did not answer as it should' },
  stale_version: { status: 412, title: 'The document has changed since it was read' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has another media type than the route takes' },
  version_required: { status: 428, title: 'If-Match is needed' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  not_on_this_runtime: { status: 501, title: 'This runtime cannot do this safely' },
  unavailable: { status: 503, title: 'A part of the service is not available' },
  storage_full: { status: 507, title: 'The artifact store is full' },
} as const

export type ProblemCode = keyof typeof catalogue

/** RFC 9457 problem details with our `code`, the `requestId` to quote, and field errors where the input is wrong. */
export const ProblemDocument = v.pipe(
  v.object({
    type: v.string(),
    title: v.string(),
    status: v.number(),
    code: v.string(),
    detail: v.string(),
    requestId: v.string(),
    errors: v.optional(v.array(FieldError)),
  }),
  v.metadata({ ref: 'Problem' }),
)
export type ProblemDocument = v.InferOutput<typeof ProblemDocument>

type Extra = {
  cause?: unknown
  errors?: FieldError[]
  /** Answer headers, such as Retry-After or Location. */
  headers?: Record<string, string>
  /** Further members of the problem document, such as the run that is in the way. */
  members?: Record<string, unknown>
}

/** An error a caller can meet. Status and title come from the catalogue; `detail` is written by us, never by a peer. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>

  constructor(code: ProblemCode, detail?: string, extra: Extra = {}) {
    const { status, title } = catalogue[code]
    super(detail ?? title, { cause: extra.cause })
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.title = title
    this.detail = detail ?? title
    this.errors = extra.errors
    this.headers = extra.headers ?? {}
    this.members = extra.members ?? {}
  }

  /** Anything that is not a problem becomes `internal`: the original stays in `cause` for the log, out of the answer. */
  static from(error: unknown): Problem {
    return error instanceof Problem ? error : new Problem('internal', undefined, { cause: error })
  }
}

export function problemStatus(code: ProblemCode): number {
  return catalogue[code].status
}

export function problemTitle(code: ProblemCode): string {
  return catalogue[code].title
}
