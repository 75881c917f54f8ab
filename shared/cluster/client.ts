// What the product asks of a search cluster, whatever runtime carries it. The undici implementation is connect.ts.
import type { CheckResult, ClusterConnection, Credentials } from '../domain/cluster.ts'

export type ClusterRequest = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Absolute path below the endpoint, every segment already percent-encoded, e.g. `/my%2Findex/_mapping`. */
  path: string
  query?: Record<string, string | number | boolean>
  /** Sent as it is. A string is UTF-8. */
  body?: string | Uint8Array
  /** Default `application/json`. */
  contentType?: string
  /** Send the body compressed; worth it for large bodies over slow links. */
  gzip?: boolean
  /** Whether the answer may come compressed, default true; not worth it for many large answers from near by. */
  acceptGzip?: boolean
  signal?: AbortSignal
  /** Whole exchange with its retries, default 30,000. */
  timeoutMs?: number
  /** The answer is cut off with a `protocol` failure beyond this; default 64 MiB. */
  maxBytes?: number
  /** May the request be sent again after a lost connection, a 429, 502, 503 or 504? Default: GET and HEAD only. */
  idempotent?: boolean
  /** How often the request may be sent at most, default 3. */
  attempts?: number
}

export type ClusterResponse = {
  status: number
  headers: Headers
  bytes: Uint8Array
  /** UTF-8 text of the answer. */
  text(): string
  /** The answer as JSON; throws ClusterFailure `protocol` where it is not JSON (a proxy's HTML page, say). */
  json(): unknown
}

/** What is known of a connection without its secrets. */
export type ClusterIdentity = Pick<ClusterConnection, 'role' | 'endpoint' | 'version'> & {
  auth?: Credentials['type']
  /** The AWS service requests are signed for. */
  service?: 'es' | 'aoss'
  insecure?: boolean
}

/** A connection to one cluster: pooled, authenticated, limited. */
export interface ClusterClient {
  readonly connection: ClusterIdentity
  /** Resolves for every HTTP status but redirects. Throws `ClusterFailure` where no valid HTTP answer came. */
  send(request: ClusterRequest): Promise<ClusterResponse>
  /** Takes the credentials of this connection out of a foreign text, for a peer may echo them. */
  redact?(text: string): string
  close(): Promise<void>
}

/** Opens clients under the endpoint rules of a door (design §10). */
export interface ClusterConnector {
  /** Never throws: whatever is wrong with the connection is thrown by `send`. */
  connect(connection: ClusterConnection): ClusterClient
}

export type FailureKind = Exclude<CheckResult, 'ok'>

/** Why a cluster could not answer, classified by the layer that failed. `message` never holds a credential. */
export class ClusterFailure extends Error {
  readonly kind: FailureKind
  readonly retryable: boolean
  /** HTTP status where there was one. */
  readonly status: number | null
  readonly evidence: Record<string, unknown>
  readonly remedy: string | null

  constructor(
    kind: FailureKind,
    message: string,
    extra: {
      retryable?: boolean
      status?: number
      evidence?: Record<string, unknown>
      remedy?: string
      cause?: unknown
    } = {},
  ) {
    super(message, { cause: extra.cause })
    this.name = 'ClusterFailure'
    this.kind = kind
    this.retryable = extra.retryable ?? false
    this.status = extra.status ?? null
    this.evidence = extra.evidence ?? {}
    this.remedy = extra.remedy ?? null
  }
}

/** What a door has: it may also speak for processes without a role of their own. */
export interface DoorClusters extends ClusterConnector {
  /**
   * The connection for such a process: where this one would sign with the ambient role, the keys of that role stand in
   * it, with the moment they run out. Throws ClusterFailure where the role may not be used.
   */
  withKeys(connection: ClusterConnection): Promise<ClusterConnection>
}
