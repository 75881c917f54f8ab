// Judges an answer: JSON for success, a classified failure for everything else. No runtime's own code in here.
import { type ClusterClient, ClusterFailure, type ClusterRequest, type ClusterResponse } from './client.ts'
import { foreignText } from './foreign-text.ts'
import { deniedPermission } from './permission.ts'

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
  const origin = new URL(client.connection.endpoint).origin
  const text = client.redact?.(response.text()) ?? response.text()
  const why = reasonOf(text)
  const what = `${request.method} ${foreignText(request.path, 200)}`
  const evidence: Record<string, unknown> = { status, request: what, answer: foreignText(text) }
  const told = why ? `: ${foreignText(why, 400)}` : ''

  if (status === 401) {
    return new ClusterFailure(
      '401',
      `Cannot sign in to ${origin}: the credentials were not accepted${told}`,
      {
        status,
        evidence,
        remedy: signInRemedy(client),
      },
    )
  }
  if (status === 403) return forbidden(origin, what, text, told, evidence)
  if (status === 429 || status >= 500) return unavailable(origin, what, status, told, evidence)
  if (isUnknownRoute(status, text)) {
    return new ClusterFailure(
      'version',
      `Cannot ${what} on ${origin}: this version does not know it${told}`,
      {
        status,
        evidence,
      },
    )
  }
  return new ClusterFailure('protocol', `Cannot ${what} on ${origin}: status ${status}${told}`, {
    status,
    evidence,
  })
}

function forbidden(
  origin: string,
  what: string,
  text: string,
  told: string,
  evidence: Record<string, unknown>,
) {
  const denied = deniedPermission(text)
  const needs = denied.permission
    ? `the permission "${denied.permission}" is missing`
    : `it is not allowed${told}`
  const whom = denied.user ? ` for user "${denied.user}"` : ''
  return new ClusterFailure('403', `Cannot ${what} on ${origin}: ${needs}${whom}`, {
    status: 403,
    evidence: { ...evidence, ...denied },
    remedy: denied.permission
      ? `Grant "${denied.permission}" to the user of the Migration Assistant.`
      : 'Check what the user of the Migration Assistant may do on the cluster.',
  })
}

function unavailable(
  origin: string,
  what: string,
  status: number,
  told: string,
  evidence: Record<string, unknown>,
) {
  const passing = [429, 502, 503, 504].includes(status)
  const why =
    status === 429
      ? 'the cluster is overloaded'
      : passing
        ? 'the cluster is not available'
        : 'the cluster failed'
  return new ClusterFailure('unavailable', `Cannot ${what} on ${origin}: ${why} (status ${status})${told}`, {
    status,
    retryable: passing,
    evidence,
    remedy:
      status === 429
        ? 'Try again later or with fewer workers.'
        : 'Look at the health and the logs of the cluster.',
  })
}

/** Some proxies and very old clusters answer 200 around an error document. */
function hiddenStatus(json: unknown): number | null {
  if (typeof json !== 'object' || json === null || !('error' in json) || !('status' in json)) return null
  const { error, status } = json
  const isError = typeof error === 'string' || (typeof error === 'object' && error !== null)
  return isError && typeof status === 'number' && status >= 400 && status <= 599 ? status : null
}

function reasonOf(text: string): string | null {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null) return null
    const error =
      'error' in json
        ? json.error
        : 'message' in json
          ? json.message
          : 'Message' in json
            ? json.Message
            : null
    if (typeof error === 'string') return error
    if (typeof error !== 'object' || error === null || !('reason' in error)) return null
    return typeof error.reason === 'string' ? error.reason : null
  } catch {
    return null
  }
}

function isUnknownRoute(status: number, text: string): boolean {
  if (status === 405) return true
  return status === 400 && /no handler found for uri|contains unrecognized parameter/i.test(text)
}

function signInRemedy(client: ClusterClient): string {
  const { auth } = client.connection
  if (auth === 'none') return 'The cluster wants credentials: set the auth of the cluster.'
  if (auth === 'sigv4') return 'Check the keys, the region and the service ("es" or "aoss") of the cluster.'
  return 'Check the credentials of the cluster and set the secret again.'
}
