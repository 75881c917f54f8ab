// Certificates: a chain per session. Schema in sql/0011_certificate.sql.
import { type Certificate, canonicalText, type SignedCertificate } from '../domain/certificate.ts'
import { hex, sha256 } from '../seal.ts'
import type { Db } from './database.ts'

type Sign = (certificate: Certificate) => Promise<SignedCertificate>

/**
 * Issues the next certificate of a session. The run's own that is there already is replaced, for its last step may be
 * done twice before the run has ended; it keeps its place in the chain.
 */
export async function issueCertificate(
  db: Db,
  draft: Omit<Certificate, 'sequence' | 'previous'>,
  sign: Sign,
): Promise<SignedCertificate> {
  const { session, run } = draft
  return db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 3))`, [session.id])
    const { rows } = await tx.query<{ sequence: number; previous: string | null }>(
      `select coalesce(own.sequence, last.sequence + 1, 1) as sequence,
         (select sha256 from certificate where session_id = $1 and sequence = coalesce(own.sequence, last.sequence + 1, 1) - 1) as previous
       from (select max(sequence) as sequence from certificate where session_id = $1) last
       left join certificate own on own.run_id = $2`,
      [session.id, run.id],
    )
    const [{ sequence, previous } = { sequence: 1, previous: null }] = rows
    const certificate: Certificate = { ...draft, sequence, previous }
    const signed = await sign(certificate)
    await tx.query(
      `insert into certificate (session_id, sequence, run_id, sha256, document) values ($1, $2, $3, $4, $5)
       on conflict (run_id) do update set sha256 = excluded.sha256, document = excluded.document, created_at = now()`,
      [session.id, sequence, run.id, hex(await sha256(canonicalText(certificate))), signed],
    )
    return signed
  })
}
