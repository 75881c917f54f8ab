import * as v from 'valibot'

/** The name of a secret of a session; the value never leaves the database unsealed but to connect. */
export const SecretName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
    'Expected 1 to 64 letters, digits, ".", "_" or "-"',
  ),
  v.metadata({ ref: 'SecretName' }),
)
export type SecretName = v.InferOutput<typeof SecretName>

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max))

/** How we prove to a cluster who we are. `secret` names a secret of the session. */
export const ClusterAuth = v.pipe(
  v.variant('type', [
    v.strictObject({ type: v.literal('none') }),
    v.strictObject({ type: v.literal('basic'), username: text(256), secret: SecretName }),
    v.strictObject({ type: v.literal('apiKey'), secret: SecretName }),
    v.strictObject({
      type: v.literal('sigv4'),
      region: text(64),
      service: v.picklist(['es', 'aoss']),
      secret: v.optional(SecretName),
    }),
    v.strictObject({ type: v.literal('mtls'), certificate: text(65_536), keySecret: SecretName }),
  ]),
  v.metadata({ ref: 'ClusterAuth' }),
)
export type ClusterAuth = v.InferOutput<typeof ClusterAuth>

export const ClusterTls = v.pipe(
  v.strictObject({ ca: v.optional(text(262_144)), insecure: v.optional(v.boolean()) }),
  v.metadata({ ref: 'ClusterTls' }),
)
export type ClusterTls = v.InferOutput<typeof ClusterTls>

/** An http or https address without credentials, query or fragment. */
export const Endpoint = v.pipe(
  v.string(),
  v.maxLength(2_048),
  v.check(
    isEndpoint,
    'Expected an http or https address such as https://search.example.com:9200, without user, query or fragment',
  ),
  v.metadata({ ref: 'Endpoint' }),
)

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return (
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  )
}

/** `ES 7.10`, `OS_2.19.4`, `elasticsearch 8.14.1`, `AOS 2.11`, `AOSS`: what a user may write to override detection. */
export const VersionText = v.pipe(
  v.string(),
  v.regex(
    /^(?:(ES|OS|AOS|elasticsearch|opensearch)[ _]?\d{1,2}(\.(\d{1,3}|x)){0,2}|AOSS)$/i,
    'Expected a version such as "ES 7.10" or "OS 2.19"',
  ),
  v.metadata({ ref: 'VersionText' }),
)

/** One end of a migration as configured: an Elasticsearch or OpenSearch endpoint with its auth. */
export const Cluster = v.pipe(
  v.strictObject({
    endpoint: Endpoint,
    auth: ClusterAuth,
    tls: v.optional(ClusterTls),
    version: v.optional(VersionText),
  }),
  v.metadata({ ref: 'Cluster' }),
)
export type Cluster = v.InferOutput<typeof Cluster>

export const ClusterRole = v.pipe(v.picklist(['source', 'target']), v.metadata({ ref: 'ClusterRole' }))
export type ClusterRole = v.InferOutput<typeof ClusterRole>

/** Auth with its secrets unsealed. Lives in memory only; never logged, stored or answered. */
export type Credentials =
  | { type: 'none' }
  | { type: 'basic'; username: string; password: string }
  | { type: 'apiKey'; apiKey: string }
  | {
      type: 'sigv4'
      region: string
      service: 'es' | 'aoss'
      /** Absent: the ambient role, only where `MA_CLOUD_ALLOW` lists the endpoint. */
      keys?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiresAt?: string }
    }
  | { type: 'mtls'; certificate: string; key: string }

/** A cluster as a tool connects to it: `Cluster` with its secrets resolved. */
export type ClusterConnection = {
  role: ClusterRole
  endpoint: string
  credentials: Credentials
  tls?: ClusterTls
  version?: string
}

export const Flavour = v.picklist(['elasticsearch', 'opensearch', 'amazon-opensearch', 'serverless'])
export type Flavour = v.InferOutput<typeof Flavour>

/** Which software answers at an endpoint. `number` is what it runs, not what a compatibility switch pretends. */
export const ClusterVersion = v.pipe(
  v.strictObject({
    flavour: Flavour,
    number: v.string(),
    major: v.number(),
    minor: v.number(),
    patch: v.number(),
    /** `elasticsearch` or `opensearch` lineage said in one word, e.g. `ES 7.10.2`, `OS 2.19.4`. */
    label: v.string(),
    /** True where the cluster answers 7.10.2 for compatibility and the number was read from its nodes. */
    compatibilityMode: v.boolean(),
  }),
  v.metadata({ ref: 'ClusterVersion' }),
)
export type ClusterVersion = v.InferOutput<typeof ClusterVersion>

/** The answer of a connection test, from the first layer that failed. */
export const CheckResult = v.pipe(
  v.picklist([
    'ok',
    'refused',
    'dns',
    'tcp',
    'tls',
    'timeout',
    '401',
    '403',
    'version',
    'unavailable',
    'protocol',
  ]),
  v.metadata({ ref: 'CheckResult' }),
)
export type CheckResult = v.InferOutput<typeof CheckResult>

export const ConnectionCheck = v.pipe(
  v.strictObject({
    result: CheckResult,
    /** What happened, in a sentence a person can act on. */
    message: v.string(),
    remedy: v.nullable(v.string()),
    /** Facts: addresses, certificate subject and expiry, the missing permission, HTTP status, a cut of the answer. */
    evidence: v.record(v.string(), v.unknown()),
    version: v.nullable(ClusterVersion),
    health: v.nullable(v.picklist(['green', 'yellow', 'red'])),
    nodes: v.nullable(v.number()),
    warnings: v.array(v.string()),
    latencyMs: v.nullable(v.number()),
    checkedAt: v.string(),
  }),
  v.metadata({ ref: 'ConnectionCheck' }),
)
export type ConnectionCheck = v.InferOutput<typeof ConnectionCheck>

/** One index as the picker shows it; numbers are null where the cluster did not say. */
export const IndexSummary = v.pipe(
  v.strictObject({
    name: v.string(),
    documents: v.nullable(v.number()),
    bytes: v.nullable(v.number()),
    shards: v.nullable(v.number()),
    replicas: v.nullable(v.number()),
    health: v.nullable(v.string()),
    open: v.boolean(),
    aliases: v.array(v.string()),
    dataStream: v.nullable(v.string()),
  }),
  v.metadata({ ref: 'IndexSummary' }),
)
export type IndexSummary = v.InferOutput<typeof IndexSummary>
