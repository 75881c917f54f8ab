// How a request proves who we are, and how the proof is kept out of everything we show.
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from '../domain/cluster.ts'
import { ClusterFailure } from './client.ts'
import { type AwsKeys, type EndpointRules, hostOf, isCloudAllowed } from './endpoint-rules.ts'

/** A request as it goes over the wire. */
export type Wire = {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body?: string | Uint8Array
}

/** The headers of `wire` with those that authenticate it. */
export async function authenticated(
  wire: Wire,
  url: URL,
  credentials: Credentials,
  rules: EndpointRules,
): Promise<Record<string, string>> {
  switch (credentials.type) {
    case 'none':
    case 'mtls':
      return wire.headers
    case 'basic':
      return {
        ...wire.headers,
        authorization: `Basic ${base64(`${credentials.username}:${credentials.password}`)}`,
      }
    case 'apiKey':
      return { ...wire.headers, authorization: `ApiKey ${apiKey(credentials.apiKey, url)}` }
    case 'sigv4': {
      const keys = credentials.keys ?? (await ambientKeys(url, rules))
      return signed(wire, url, { ...credentials, keys }, new Date())
    }
  }
}

/** AWS Signature Version 4. OpenSearch Serverless (`aoss`) wants the hash of the body as a signed header too. */
export async function signed(
  wire: Wire,
  url: URL,
  scope: { region: string; service: string; keys: AwsKeys },
  at: Date,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials: scope.keys,
    region: scope.region,
    service: scope.service,
    sha256: Sha256,
    applyChecksum: scope.service === 'aoss',
  })
  const request = {
    ...wire,
    protocol: url.protocol,
    hostname: hostOf(url),
    headers: { ...wire.headers, host: url.host },
  }
  // Load balancers may rewrite these on the way.
  const unsignableHeaders = new Set(['accept', 'accept-encoding', 'user-agent'])
  const { headers } = await signer.sign(request, { signingDate: at, unsignableHeaders })
  return headers
}

/** A function that blots these credentials out of a text, in every form a peer may echo them in. */
export function redactor(credentials: Credentials): (text: string) => string {
  const forms = secretsOf(credentials)
    .filter((secret) => secret.length > 2)
    .flatMap((secret) => [
      secret,
      quoted(secret),
      quoted(quoted(secret)),
      encodeURIComponent(secret.toWellFormed()),
    ])
    .sort((a, b) => b.length - a.length)
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, '<redacted>'), text)
}

/** As it stands inside a JSON string. */
const quoted = (text: string) => JSON.stringify(text).slice(1, -1)

function secretsOf(credentials: Credentials): string[] {
  switch (credentials.type) {
    case 'none':
      return []
    case 'basic':
      return [credentials.password, base64(`${credentials.username}:${credentials.password}`)]
    case 'apiKey': {
      const encoded = encodedApiKey(credentials.apiKey)
      const plain = Buffer.from(encoded, 'base64').toString('utf8')
      const half = plain.includes(':') ? plain.slice(plain.indexOf(':') + 1) : ''
      return [credentials.apiKey.trim(), encoded, half]
    }
    case 'sigv4':
      return [credentials.keys?.secretAccessKey ?? '', credentials.keys?.sessionToken ?? '']
    case 'mtls':
      return [credentials.key]
  }
}

function apiKey(text: string, url: URL): string {
  const key = encodedApiKey(text)
  if (/^[A-Za-z0-9+/=_.~-]+$/.test(key)) return key
  throw new ClusterFailure(
    '401',
    `Cannot sign in to ${url.origin}: the API key is not in a form that can be sent`,
    {
      remedy:
        'Store the key as "id:key", or the "encoded" value that the cluster gave when the key was made.',
    },
  )
}

function encodedApiKey(text: string): string {
  const key = text.trim().replace(/^ApiKey\s+/i, '')
  return key.includes(':') ? base64(key) : key
}

/** The keys of this process's own role. Throws ClusterFailure where the rules do not let it sign for `url`. */
export async function ambientKeys(url: URL, rules: EndpointRules): Promise<AwsKeys> {
  if (!rules.cloudKeys || !isCloudAllowed(url, rules)) {
    throw new ClusterFailure(
      'refused',
      `Cannot sign for ${url.origin}: the cloud role may not be used for it`,
      {
        remedy: 'Give the cluster a secret with AWS keys, or list the endpoint in MA_CLOUD_ALLOW.',
      },
    )
  }
  try {
    return await rules.cloudKeys()
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    throw new ClusterFailure('401', `Cannot sign for ${url.origin}: the cloud role gave no keys (${name})`, {
      retryable: true,
      remedy: 'Check that the process has a role or AWS keys of its own.',
    })
  }
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
