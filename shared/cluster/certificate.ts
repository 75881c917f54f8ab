// Whose certificate was shown, and why it is not trusted.
import { X509Certificate } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { ClusterFailure } from './client.ts'
import { foreignText } from './foreign-text.ts'

type Reason = { why: string; remedy: string }

const privateCa = 'Put the certificate of the CA that issued it into tls.ca of the cluster.'

const reasons: Record<string, Reason> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    why: 'is self-signed',
    remedy: 'If it is the expected one, put it into tls.ca of the cluster.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: { why: 'was issued by an unknown CA', remedy: privateCa },
  UNABLE_TO_GET_ISSUER_CERT: { why: 'was issued by an unknown CA', remedy: privateCa },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { why: 'was issued by an unknown CA', remedy: privateCa },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { why: 'was issued by an unknown CA', remedy: privateCa },
  CERT_HAS_EXPIRED: { why: 'has expired', remedy: 'Renew the certificate of the cluster.' },
  CERT_NOT_YET_VALID: { why: 'is not yet valid', remedy: 'Check the clocks of both machines.' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'was issued for another host',
    remedy: 'Use an endpoint with one of the names of the certificate.',
  },
}

/** The failure of a handshake that ended with a certificate we do not trust. */
export function untrusted(endpoint: string, socket: TLSSocket): ClusterFailure {
  const code = String(socket.authorizationError)
  const certificate = guilty(socket, code)
  const { why, remedy } = reasons[code] ?? {
    why: `is not trusted (${foreignText(code, 60)})`,
    remedy: privateCa,
  }
  const subject = certificate ? `"${oneLine(certificate.subject)}"` : 'shown'
  return new ClusterFailure('tls', `Cannot connect to ${endpoint}: the certificate ${subject} ${why}`, {
    remedy,
    evidence: { code, reason: why, certificate: certificate ? certificateFacts(certificate) : null },
  })
}

/** What a person needs to recognise a certificate. */
export function certificateFacts(certificate: X509Certificate): Record<string, string> {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    subjectAltNames: oneLine(certificate.subjectAltName ?? ''),
    validFrom: isoDate(certificate.validFrom),
    validTo: isoDate(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
  }
}

/** The certificates of a PEM text; throws ClusterFailure `tls` where it holds none or a broken one. */
export function parsePem(pem: string, what: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    if (blocks.length === 0) throw new Error('no certificate')
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new ClusterFailure('tls', `Cannot use ${what}: it is not a PEM certificate`, {
      remedy: 'Paste the text from BEGIN CERTIFICATE to END CERTIFICATE, both lines included.',
    })
  }
}

/** Dates are judged for the whole chain, so the certificate at fault may be that of an issuer. */
function guilty(socket: TLSSocket, code: string): X509Certificate | undefined {
  const chain = chainOf(socket)
  const now = Date.now()
  const late = (one: X509Certificate) => Date.parse(one.validTo) < now
  const early = (one: X509Certificate) => Date.parse(one.validFrom) > now
  const found =
    code === 'CERT_HAS_EXPIRED' ? chain.find(late) : code === 'CERT_NOT_YET_VALID' && chain.find(early)
  return found || chain[0]
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  // With `true` the issuers are there too; a root names itself as its issuer.
  let next: (PeerCertificate & { issuerCertificate?: PeerCertificate }) | undefined =
    socket.getPeerCertificate(true)
  while (next?.raw && chain.length < 8 && !chain.some((one) => one.fingerprint256 === next?.fingerprint256)) {
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate
  }
  return chain
}

const oneLine = (text: string) => foreignText(text.replaceAll('\n', ', '), 512)

const isoDate = (text: string) => {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? foreignText(text, 60) : date.toISOString()
}
