// The cluster client over undici: one pool per cluster, its connections opened by dial.ts under the endpoint rules.
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Pool } from 'undici'
import type { ClusterConnection, Credentials } from '../domain/cluster.ts'
import type { Resolve } from './addresses.ts'
import {
  type ClusterClient,
  ClusterFailure,
  type ClusterIdentity,
  type ClusterRequest,
  type ClusterResponse,
  type DoorClusters,
} from './client.ts'
import { ambientKeys, authenticated, redactor } from './credentials.ts'
import { type Dialer, dialer } from './dial.ts'
import type { EndpointRules } from './endpoint-rules.ts'
import { type Answer, exchange, LostExchange, type Outgoing } from './exchange.ts'
import { foreignText } from './foreign-text.ts'
import { encodeQuery } from './path.ts'
import { responseOf } from './response.ts'
import { isPassing, retryDelayMs } from './retry.ts'
import { socketFailure } from './socket-failure.ts'

export type ConnectorOptions = {
  /** How many connections to one cluster at most, default 16. */
  connections?: number
  /** Name, socket and TLS together, default 10,000. */
  connectTimeoutMs?: number
  /** Default: the resolver of the system. */
  resolve?: Resolve
}

type Context = {
  url: URL
  credentials: Credentials
  rules: EndpointRules
  dial: Dialer
  pool: Pool
  redact: (text: string) => string
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024
const DEFAULT_ATTEMPTS = 3

/** Opens pooled clients that keep to `rules` at every connection. */
export function clusterConnector(rules: EndpointRules, options: ConnectorOptions = {}): DoorClusters {
  return {
    connect: (connection) => clusterClient(connection, rules, options),
    async withKeys(connection) {
      const { credentials, endpoint } = connection
      if (credentials.type !== 'sigv4' || credentials.keys) return connection
      const keys = await ambientKeys(new URL(endpoint), rules)
      return { ...connection, credentials: { ...credentials, keys } }
    },
  }
}

function clusterClient(
  connection: ClusterConnection,
  rules: EndpointRules,
  options: ConnectorOptions,
): ClusterClient {
  const context = URL.canParse(connection.endpoint) ? open(connection, rules, options) : null
  return {
    connection: identity(connection),
    redact: redactor(connection.credentials),
    async send(request) {
      if (!context) throw new ClusterFailure('refused', 'Cannot connect: the endpoint is not an address')
      return send(context, request)
    },
    async close() {
      await context?.pool.destroy()
    },
  }
}

function open(connection: ClusterConnection, rules: EndpointRules, options: ConnectorOptions): Context {
  const { credentials, tls } = connection
  const url = new URL(connection.endpoint)
  const mtls =
    credentials.type === 'mtls' ? { certificate: credentials.certificate, key: credentials.key } : {}
  const dial = dialer({
    url,
    rules,
    resolve: options.resolve,
    tls: { ...tls, ...mtls },
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
  })
  // A scheme that undici does not know is refused by the dialer, which asks the rules first.
  const pool = new Pool(url.protocol === 'https:' ? url.origin : `http://${url.host || 'refused'}`, {
    connect: dial.connect,
    connections: options.connections ?? 16,
    allowH2: false,
    maxHeaderSize: 65_536,
    keepAliveMaxTimeout: 60_000,
  })
  return { url, credentials, rules, dial, pool, redact: redactor(credentials) }
}

function identity({ role, endpoint, version, credentials, tls }: ClusterConnection): ClusterIdentity {
  const service = credentials.type === 'sigv4' ? credentials.service : undefined
  return { role, endpoint, version, auth: credentials.type, service, insecure: tls?.insecure ?? false }
}

/** Sends until an answer stands, within one budget of time for all attempts and the waits between them. */
async function send(context: Context, request: ClusterRequest): Promise<ClusterResponse> {
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const deadline = Date.now() + timeoutMs
  const repeatable = request.idempotent ?? (request.method === 'GET' || request.method === 'HEAD')
  const body =
    request.gzip && request.body !== undefined
      ? await promisify(gzip)(request.body, { level: 1 })
      : request.body

  for (let attempt = 1; ; attempt++) {
    const leftMs = Math.max(1, deadline - Date.now())
    const outcome = await attemptOnce(context, { ...request, body }, leftMs)
    const passing =
      'answer' in outcome ? repeatable && isPassing(outcome.answer.status) : outcome.again(repeatable)
    const retryAfter = 'answer' in outcome ? outcome.answer.headers.get('retry-after') : null
    const delayMs = retryDelayMs(attempt, retryAfter)
    const last = attempt >= (request.attempts ?? DEFAULT_ATTEMPTS) || Date.now() + delayMs >= deadline
    if (passing && !last) {
      // An abort ends the wait; the next attempt then throws the caller's own reason.
      await sleep(delayMs, undefined, { signal: request.signal }).catch(() => {})
      continue
    }
    if ('failure' in outcome) throw outcome.failure
    return responseOf(accepted(context, outcome.answer), context.url.origin, context.redact)
  }
}

type Outcome = { answer: Answer } | { failure: unknown; again: (repeatable: boolean) => boolean }

async function attemptOnce(context: Context, request: ClusterRequest, timeoutMs: number): Promise<Outcome> {
  const { url, pool, dial } = context
  try {
    const limits = {
      timeoutMs,
      maxBytes: request.maxBytes ?? DEFAULT_MAX_BYTES,
      signal: request.signal,
      dialing: dial.phase,
    }
    return { answer: await exchange(pool, url.origin, await outgoing(context, request), limits) }
  } catch (error) {
    if (!(error instanceof LostExchange)) {
      const retryable = error instanceof ClusterFailure && error.retryable && error.kind !== 'timeout'
      return { failure: error, again: (repeatable) => retryable && (repeatable || error.kind !== 'protocol') }
    }
    const failure = socketFailure(url.origin, error.cause, error.sent)
    return { failure, again: (repeatable) => failure.retryable && (repeatable || !error.sent) }
  }
}

async function outgoing(context: Context, request: ClusterRequest): Promise<Outgoing> {
  const { url, credentials, rules } = context
  if (!request.path.startsWith('/'))
    throw new TypeError(`Cannot send a request: path "${request.path}" is not absolute`)
  const path = url.pathname.replace(/\/+$/, '') + request.path
  const query = Object.fromEntries(
    Object.entries(request.query ?? {}).map(([key, value]) => [key, String(value)]),
  )
  const encoding = request.acceptGzip === false ? 'identity' : 'gzip'
  const headers: Record<string, string> = { accept: 'application/json', 'accept-encoding': encoding }
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
  if (request.body !== undefined && request.gzip) headers['content-encoding'] = 'gzip'
  const wire = { method: request.method, path, query, headers, body: request.body }
  const search = encodeQuery(query)
  return {
    method: request.method,
    path: search ? `${path}?${search}` : path,
    headers: await authenticated(wire, url, credentials, rules),
    body: request.body,
  }
}

/** A redirect would lead past the endpoint rules, with our credentials in hand. */
function accepted({ url, redact }: Context, answer: Answer): Answer {
  const { status, headers } = answer
  if (status < 300 || status >= 400 || status === 304) return answer
  const location = foreignText(redact(headers.get('location') ?? ''), 512)
  throw new ClusterFailure(
    'protocol',
    `Cannot use ${url.origin}: it redirects (${status}), and redirects are not followed`,
    {
      status,
      evidence: { status, location },
      remedy: 'Write the address of the cluster itself in the endpoint.',
    },
  )
}
