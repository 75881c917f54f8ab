// The environment, parsed once by a door. A bad one stops the start and names every bad variable.
import * as v from 'valibot'

const port = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, 'expected a port from 0 to 65535'),
  v.transform(Number),
  v.maxValue(65_535, 'expected a port from 0 to 65535'),
)
const list = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  ),
)
const key = v.pipe(
  v.string(),
  v.check(isKey, 'expected 32 bytes as base64, made for instance by: openssl rand -base64 32'),
)

function isKey(text: string): boolean {
  return text.split(',').every((part) => /^[A-Za-z0-9+/]{43}=$/.test(part.trim()))
}

const Environment = v.object({
  MA_HOST: v.optional(v.pipe(v.string(), v.minLength(1, 'expected an address')), '127.0.0.1'),
  MA_PORT: v.optional(port, '8080'),
  MA_BASE_PATH: v.optional(
    v.pipe(v.string(), v.regex(/^(\/[A-Za-z0-9_-]+)*$/, 'expected a path such as /migration')),
    '',
  ),
  MA_DATA_DIR: v.optional(v.pipe(v.string(), v.minLength(1, 'expected a folder')), '.data'),
  DATABASE_URL: v.optional(
    v.pipe(v.string(), v.regex(/^postgres(ql)?:\/\//, 'expected postgres://user@host:port/database')),
  ),
  MA_ADMIN_TOKEN: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9._~+/=-]{16,512}$/, 'expected 16 to 512 letters, digits or ._~+/=-'),
    ),
  ),
  MA_SECRET_KEY: v.optional(key),
  MA_SIGNING_KEY: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[A-Za-z0-9+/]{43}=$/,
        'expected 32 bytes as base64, made for instance by: openssl rand -base64 32',
      ),
    ),
  ),
  MA_ARTIFACTS: v.optional(v.pipe(v.string(), v.minLength(1, 'expected a folder or s3://bucket/prefix'))),
  MA_ENGINE: v.optional(v.picklist(['local', 'argo'], 'expected local or argo'), 'local'),
  /** Where workflows are; by default the namespace of the context or of the pod itself. */
  MA_ARGO_NAMESPACE: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected the name of a namespace')),
  ),
  /** For a Worker, which has no kubeconfig: an API server whose certificate any client trusts, and its bearer token. */
  MA_KUBERNETES_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^https:\/\/[^\s]+$/, 'expected an address such as https://kubernetes.example'),
    ),
  ),
  MA_KUBERNETES_TOKEN: v.optional(
    v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'expected the token of a service account')),
  ),
  MA_TOOL_IMAGE: v.optional(
    v.pipe(v.string(), v.regex(/^[^\s]{1,255}$/, 'expected an image such as registry/migration-assistant:1')),
  ),
  MA_PUBLIC_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^https?:\/\/[^\s]+[^/]$/,
        'expected the address at which workers reach the API, such as http://api:8080',
      ),
    ),
  ),
  MA_REPOSITORY_ROOTS: v.optional(v.string()),
  MA_CLUSTER_ALLOW: v.optional(list),
  MA_CLOUD_ALLOW: v.optional(list, ''),
  MA_HANDLERS: v.optional(list, '*'),
  MA_METRICS: v.optional(v.picklist(['open', 'closed'], 'expected open or closed'), 'open'),
  MA_LOG: v.optional(
    v.picklist(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error'),
    'info',
  ),
})
export type Config = v.InferOutput<typeof Environment>

/** Parses the environment. An empty variable counts as absent. Throws one Error that names every bad variable. */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = v.safeParse(Environment, given)
  const bad = parsed.success ? [] : parsed.issues.map((issue) => `  ${v.getDotPath(issue)}: ${issue.message}`)
  // Workflows run an image; the local engine runs what is here.
  if (given.MA_ENGINE === 'argo' && given.MA_TOOL_IMAGE === undefined)
    bad.push('  MA_TOOL_IMAGE: expected with MA_ENGINE=argo, and not there')
  if ((given.MA_KUBERNETES_URL === undefined) !== (given.MA_KUBERNETES_TOKEN === undefined))
    bad.push('  MA_KUBERNETES_URL and MA_KUBERNETES_TOKEN: expected both or neither')
  if (parsed.success && bad.length === 0) return parsed.output
  throw new Error(`The environment is not usable:\n${bad.join('\n')}`)
}

/** The bytes of `MA_SECRET_KEY`: the first seals, the others open what an earlier key sealed. */
export function secretKeys(text: string): Uint8Array[] {
  return text.split(',').map((part) => Uint8Array.from(atob(part.trim()), (c) => c.charCodeAt(0)))
}
