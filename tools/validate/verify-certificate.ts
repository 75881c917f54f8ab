// Checks certificates without a control plane or a database: the signature, the equation of every index, the chain.
import { createHash, createPublicKey, verify } from 'node:crypto'
import * as v from 'valibot'
import {
  addsUp,
  type Certificate,
  canonicalText,
  isComplete,
  SignedCertificate,
  totalsOf,
} from '../../shared/domain/certificate.ts'

export type Verified = { sequence: number; complete: boolean; problems: string[] }

/** What stands before the 32 bytes of a public key in SPKI. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** `texts`: certificates of one session, in any order. `publicKey`: 32 bytes, base64, from whom one trusts. */
export function verifyCertificates(texts: readonly string[], publicKey: string): Verified[] {
  const all = texts
    .map((text) => v.parse(SignedCertificate, JSON.parse(text)))
    .sort((a, b) => a.certificate.sequence - b.certificate.sequence)
  return all.map(({ certificate, signature }, at) => {
    const problems = [
      ...signatureProblems(certificate, signature, publicKey),
      ...contentProblems(certificate),
      ...chainProblems(certificate, all[at - 1]?.certificate),
    ]
    return { sequence: certificate.sequence, complete: certificate.complete, problems }
  })
}

function signatureProblems(
  certificate: Certificate,
  signature: SignedCertificate['signature'],
  publicKey: string,
): string[] {
  if (signature === null) return ['It is not signed']
  const der = Buffer.concat([SPKI, Buffer.from(publicKey, 'base64')])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const isGood = verify(
    null,
    Buffer.from(canonicalText(certificate)),
    key,
    Buffer.from(signature.value, 'base64'),
  )
  return isGood ? [] : ['The signature is not of this certificate and this key']
}

/** What a forger with the key, or a mistake of ours, would still have to make fit. */
function contentProblems({ indexes, totals, complete }: Certificate): string[] {
  const problems: string[] = []
  for (const { index, status, equation, digests } of indexes) {
    if (status === 'unknown') continue
    if (equation && !addsUp(equation)) problems.push(`The documents of "${index}" do not add up`)
    const wrong = equation ? equation.different + equation.missing + equation.rejected + equation.extra : 1
    if (status === 'pass' && (wrong > 0 || digests === null || digests.source !== digests.target))
      problems.push(`"${index}" is said to pass, and what is said of it does not`)
  }
  if (canonicalText(totalsOf(indexes)) !== canonicalText(totals))
    problems.push('The totals are not those of the indexes')
  if (complete !== isComplete(indexes)) problems.push('Whether it is complete is not what the indexes say')
  return problems
}

function chainProblems({ previous, sequence }: Certificate, before: Certificate | undefined): string[] {
  if ((sequence === 1) !== (previous === null))
    return ['The first certificate of a session names none before it']
  if (before === undefined || before.sequence !== sequence - 1) return []
  const sha256 = createHash('sha256').update(canonicalText(before)).digest('hex')
  return sha256 === previous ? [] : ['It does not follow on the certificate before it']
}
