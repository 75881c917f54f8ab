// POST /runs/:run/certificate

import { issueCertificate } from '../../shared/db/certificates.ts'
import { recordArtifact } from '../../shared/db/run-parts.ts'
import { findLastRunLike } from '../../shared/db/runs.ts'
import { getSession } from '../../shared/db/sessions.ts'
import {
  type Certificate,
  CertificateContent,
  canonicalText,
  DIGEST_RULE,
  isComplete,
  SignedCertificate,
  totalsOf,
} from '../../shared/domain/certificate.ts'
import { body, operation, route } from '../../shared/http/route.ts'
import type { Signer } from '../../shared/sign.ts'

/** Issues the certificate of a full comparison: who asked, when and of what are ours to say, what was found the tool's. */
export default route().post(
  '/runs/:run/certificate',
  operation({
    id: 'toolCertificate',
    summary: 'Issue the certificate of a full comparison',
    access: 'run',
    returns: { 200: SignedCertificate },
    problems: ['run_not_found', 'run_not_open', 'storage_full', 'body_too_large', 'unsupported_media_type'],
  }),
  body(CertificateContent, { limit: 33_554_432 }),
  async (c) => {
    const { db, run, signer, artifacts, door } = c.var
    const content = c.req.valid('json')
    const session = await getSession(db, run.sessionId)
    const backfill = await findLastRunLike(db, run.sessionId, 'backfill', { whole: true })
    const draft = {
      kind: 'certificate-of-completeness' as const,
      format: 1 as const,
      digest: DIGEST_RULE,
      session: { id: session.id, name: session.name },
      run: {
        id: run.id,
        requestedBy: run.requestedBy,
        configVersion: run.configVersion,
        startedAt: run.startedAt,
      },
      backfill: backfill ? { id: backfill.id, state: backfill.state, finishedAt: backfill.finishedAt } : null,
      issuedAt: new Date().toISOString(),
      version: door.version,
      ...content,
      totals: totalsOf(content.indexes),
      complete: isComplete(content.indexes),
    }
    const signed = await issueCertificate(db, draft, (certificate) => sign(signer, certificate))
    const bytes = new TextEncoder().encode(`${JSON.stringify(signed, null, 2)}\n`)
    const name = 'certificate.json'
    const written = await artifacts.write(run.id, name, once(bytes))
    await recordArtifact(db, { runId: run.id, name, mediaType: 'application/json', ...written })
    return c.json(signed, 200)
  },
)

async function sign(signer: Signer | null, certificate: Certificate): Promise<SignedCertificate> {
  if (signer === null) return { certificate, signature: null }
  const { keyId, publicKey } = signer
  const value = await signer.sign(canonicalText(certificate))
  return { certificate, signature: { algorithm: 'Ed25519', keyId, publicKey, value } }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
