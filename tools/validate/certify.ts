// From outcomes to a certificate: the tool says what it found, the control plane who asked, signs it and keeps the chain.
import * as v from 'valibot'
import type { ClusterClient } from '../../shared/cluster/client.ts'
import { effectiveVersion } from '../../shared/cluster/version.ts'
import { type CertificateContent, SignedCertificate } from '../../shared/domain/certificate.ts'
import { certificatePage } from './certificate-page.ts'
import type { IndexOutcome } from './outcome.ts'
import { once } from './report.ts'
import type { Work } from './work.ts'

export const CERTIFICATE_HTML = 'certificate.html'

/** `from`: when the comparison began. `issue` gives the certificate to the control plane and answers the signed one. */
export async function certify(
  work: Work,
  outcomes: readonly IndexOutcome[],
  from: string,
  issue: (content: CertificateContent) => Promise<unknown>,
): Promise<void> {
  const { assignment, report, source, target } = work
  const opened = await work.snapshot()
  if (opened === null) return
  const { info } = opened.snapshot
  const signed = v.parse(
    SignedCertificate,
    await issue({
      comparedAt: { from, to: new Date().toISOString() },
      source:
        source === null || assignment.source === null
          ? null
          : { endpoint: assignment.source.endpoint, version: await versionOf(source) },
      target: { endpoint: assignment.target.endpoint, version: await versionOf(target) },
      snapshot: { name: info.name, uuid: info.uuid, version: info.version, finishedAt: info.finishedAt },
      indexes: outcomes.map(({ index, targetIndex, status, reason, equation, digests, targetState }) => {
        return { index, targetIndex, status, reason, equation, digests, targetState }
      }),
    }),
  )
  await report.artifact(CERTIFICATE_HTML, 'text/html', once(certificatePage(signed)))
  if (signed.signature !== null) return
  report.issue({
    code: 'certificate_not_signed',
    severity: 'warning',
    origin: 'control',
    retryable: true,
    scope: null,
    message: 'The certificate is not signed, because the control plane has no signing key',
    evidence: {},
    remedy: 'Set MA_SIGNING_KEY, then validate again.',
  })
}

/** A source that is gone since the snapshot was taken takes nothing from the proof. */
const versionOf = (client: ClusterClient) => effectiveVersion(client).catch(() => null)
