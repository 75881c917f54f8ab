// Sorts what sockets, TLS and the HTTP parser throw into the layers a person can act on.
import { ClusterFailure, type FailureKind } from './client.ts'
import { foreignText } from './foreign-text.ts'

type Verdict = { kind: FailureKind; why: string; remedy?: string; retryable?: boolean }

const unreachable: Verdict = {
  kind: 'tcp',
  why: 'the host cannot be reached',
  remedy: 'Check routes, security groups and firewalls between the Migration Assistant and the cluster.',
  retryable: true,
}
const lost: Verdict = { kind: 'tcp', why: 'the connection was lost', retryable: true }
const notHttp: Verdict = { kind: 'protocol', why: 'what answers there does not speak HTTP as it should' }

const verdicts: Record<string, Verdict> = {
  ECONNREFUSED: {
    kind: 'tcp',
    why: 'nothing listens there',
    remedy: 'Check host and port, and that the cluster runs.',
    retryable: true,
  },
  ECONNRESET: lost,
  EPIPE: lost,
  ECONNABORTED: lost,
  UND_ERR_SOCKET: lost,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  ENETDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  EACCES: unreachable,
  EPERM: unreachable,
  ETIMEDOUT: {
    kind: 'timeout',
    why: 'the host does not answer',
    remedy: unreachable.remedy,
    retryable: true,
  },
  UND_ERR_HEADERS_OVERFLOW: { kind: 'protocol', why: 'the answer has too many headers' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: {
    kind: 'protocol',
    why: 'the answer is shorter than it said',
    retryable: true,
  },
}

const clientCertificate: Verdict = {
  kind: 'tls',
  why: 'the server asks for a client certificate, or does not accept the one it was given',
  remedy: 'Use auth type mtls with a certificate that the cluster trusts.',
}

/** The failure for an error that came out of a socket. `sent` says whether the request may have reached the peer. */
export function socketFailure(endpoint: string, error: unknown, sent: boolean): ClusterFailure {
  if (error instanceof ClusterFailure) return error
  const code = codeOf(error)
  const { kind, why, remedy, retryable } = verdictOf(code, error)
  return new ClusterFailure(kind, `Cannot connect to ${endpoint}: ${why} (${code})`, {
    remedy: sent && kind === 'tcp' ? afterwards(endpoint) : remedy,
    retryable: retryable ?? false,
    // Not as `cause`: errors of the parser carry what the peer sent, whole.
    evidence: { code, detail: detailOf(error), addresses: addressesOf(error) },
  })
}

/** What closes a connection once the request is there is often the layer below that was not met. */
function afterwards(endpoint: string): string {
  return endpoint.startsWith('http:')
    ? 'If the port speaks TLS, write https:// in the endpoint.'
    : 'If it happens each time, the cluster may want another client certificate (auth type mtls).'
}

function verdictOf(code: string, error: unknown): Verdict {
  const known = verdicts[code]
  if (known) return known
  if (code.startsWith('HPE_') || code === 'HTTPParserError') return notHttp
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO')
    return { kind: 'protocol', why: 'the exchange failed' }
  const text = `${code} ${error instanceof Error ? error.message : ''}`
  // Old servers refuse a missing client certificate with a bare "handshake failure".
  if (
    /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|certificate required/i.test(text)
  ) {
    return clientCertificate
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(text)) {
    return { kind: 'tls', why: 'the port does not speak TLS', remedy: 'Write http:// if that is meant.' }
  }
  return {
    kind: 'tls',
    why: 'no secure connection could be agreed on',
    remedy:
      'Check which TLS versions the cluster accepts (1.2 is the least here) and if it wants a client certificate.',
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  const inner = error instanceof AggregateError ? error.errors[0] : undefined
  const code: unknown = 'code' in error ? error.code : undefined
  if (typeof code === 'string') return foreignText(code, 60)
  return inner === undefined ? error.name : codeOf(inner)
}

function detailOf(error: unknown): string {
  return error instanceof Error ? foreignText(error.message, 300) : ''
}

function addressesOf(error: unknown): string[] {
  const all = error instanceof AggregateError ? error.errors : [error]
  return all.flatMap((one) =>
    one instanceof Error && 'address' in one && 'port' in one ? [`${one.address}:${one.port}`] : [],
  )
}
