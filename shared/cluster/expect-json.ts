// Judges an answer: JSON for success, a classified failure for everything else. No runtime's own code in here.
import { type ClusterClient, ClusterFailure, type ClusterRequest, type ClusterResponse } from './client.ts'
import { foreignText } from './foreign-text.ts'
import { isRecord, member, strings } from './json.ts'
import { deniedPermission } from './permission.ts'
import { isPassing } from './retry.ts'

/** The JSON of a 2xx answer. Anything else is thrown as a ClusterFailure that says what the cluster refused, and why. */
export async function expectJson(client: ClusterClient, request: ClusterRequest): Promise<unknown> {
  const response = await client.send(request)
  if (response.status < 200 || response.status > 299) throw failureOf(client, request, response)
  const json = response.json()
  const hidden = hiddenStatus(json)
  if (hidden !== null) throw failureOf(client, request, response, hidden)
  return json
}

/** The failure that an answer outside 2xx stands for. */
export function failureOf(
  client: ClusterClient,
  request: ClusterRequest,
  response: ClusterResponse,
  status = response.status,
): ClusterFailure {
  const { origin } = new URL(client.connection.endpoint)
  const text = client.redact?.(response.text()) ?? response.text()
  const asked = `${request.method} ${foreignText(request.path, 200)}`
  const reason = reasonOf(text)
  const told = reason ? `: ${foreignText(reason.replace(/\s+/g, ' '), 400)}` : ''
  const evidence = { status, request: asked, answer: foreignText(text) }
  const failed = `Cannot ${asked} on ${origin}`

  if (status === 401) {
    const message = `Cannot sign in to ${origin}: the credentials were not accepted${told}`
    return new ClusterFailure('401', message, { status, evidence, remedy: signInRemedy(client) })
  }
  if (status === 403) return forbidden(client, response.text(), failed, told, evidence)
  if (status === 429 || status >= 500) return unavailable(failed, told, evidence)
  if (isUnknownRoute(status, text)) {
    return new ClusterFailure('version', `${failed}: this version does not know it${told}`, {
      status,
      evidence,
    })
  }
  return new ClusterFailure('protocol', `${failed}: status ${status}${told}`, { status, evidence })
}

type Evidence = { status: number; request: string; answer: string }

function forbidden(client: ClusterClient, raw: string, failed: string, told: string, evidence: Evidence) {
  // Read before redaction: a password such as "admin" is also a part of permissions.
  const denied = deniedPermission(raw)
  if (denied.user) denied.user = client.redact?.(denied.user) ?? denied.user
  const { permission, user } = denied
  const why = permission ? `the permission "${permission}" is missing` : `it is not allowed${told}`
  return new ClusterFailure('403', `${failed}: ${why}${user ? ` for user "${user}"` : ''}`, {
    status: evidence.status,
    evidence: { ...evidence, ...denied },
    remedy: permission
      ? `Grant "${permission}" to the user of the Migration Assistant.`
      : 'Check what the user of the Migration Assistant may do on the cluster.',
  })
}

function unavailable(failed: string, told: string, evidence: Evidence) {
  const { status } = evidence
  if (status === 429) {
    const remedy = 'Try again later or with fewer workers.'
    const message = `${failed}: the cluster is overloaded (status 429)${told}`
    return new ClusterFailure('unavailable', message, { status, retryable: true, evidence, remedy })
  }
  const why = isPassing(status) ? 'the cluster is not available' : 'the cluster failed'
  return new ClusterFailure('unavailable', `${failed}: ${why} (status ${status})${told}`, {
    status,
    retryable: isPassing(status),
    evidence,
    remedy: 'Look at the health and the logs of the cluster.',
  })
}

/** Some proxies and very old clusters answer 200 around an error document. */
function hiddenStatus(json: unknown): number | null {
  const error = member(json, 'error')
  const status = member(json, 'status')
  if (typeof error !== 'string' && !isRecord(error)) return null
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : null
}

/** The reason in an error document: Elasticsearch and OpenSearch say `error.reason`, AWS `message` or `Message`. */
function reasonOf(text: string): string | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const told = [
    member(member(json, 'error'), 'reason'),
    member(json, 'error'),
    member(json, 'message'),
    member(json, 'Message'),
  ]
  return strings(told)[0] ?? null
}

function isUnknownRoute(status: number, text: string): boolean {
  if (status === 405) return true
  return (
    status === 400 &&
    /no handler found for uri|contains unrecognized parameter|No endpoint or operation/i.test(text)
  )
}

function signInRemedy(client: ClusterClient): string {
  const { auth } = client.connection
  if (auth === 'none') return 'The cluster wants credentials: set the auth of the cluster.'
  if (auth === 'sigv4') return 'Check the keys, the region and the service ("es" or "aoss") of the cluster.'
  return 'Check the credentials of the cluster and set the secret again.'
}
