import type { CertifiedIndex, SignedCertificate } from '../../shared/domain/certificate.ts'
import { escapeHtml, page, table } from './html.ts'

const number = (value: number) => `<span class="n">${value.toLocaleString('en-US')}</span>`
const code = (text: string) => `<code>${escapeHtml(text)}</code>`

/** The certificate as a page to print, with all that is needed to check it. */
export function certificatePage({ certificate, signature }: SignedCertificate): string {
  const { complete, totals, indexes } = certificate
  const verdict = complete
    ? `<p class="good">✓ Complete: all ${number(totals.truth)} documents of the source are on the target with the same content.</p>`
    : '<p class="bad">✗ Not complete: see the indexes that did not pass.</p>'
  const rule = `<p>Source truth = equal + different + missing + rejected + skipped + superseded, for every index.</p>`
  const head = [
    'Index',
    'Result',
    'Truth',
    'Equal',
    'Different',
    'Missing',
    'Rejected',
    'Skipped',
    'Extra',
    'Digests',
  ]
  const signed =
    signature === null
      ? '<p class="bad">This certificate is not signed.</p>'
      : table(
          ['Signature', ''],
          [
            ['Algorithm', escapeHtml(signature.algorithm)],
            ['Key', code(signature.keyId)],
            ['Public key', code(signature.publicKey)],
            ['Value', code(signature.value)],
            ['Check it', code('node tools/validate/main.ts verify certificate.json --key PUBLIC_KEY')],
          ],
        )
  return page(
    'Certificate of completeness',
    `${verdict}${facts(certificate)}<h2>Indexes</h2>${rule}${table(head, indexes.map(row))}<h2>Signature</h2>${signed}`,
  )
}

function facts(certificate: SignedCertificate['certificate']): string {
  const { session, run, comparedAt, issuedAt, source, target, snapshot, sequence, previous } = certificate
  const end = (side: { endpoint: string; version: { label: string } | null }) =>
    `${code(side.endpoint)} ${escapeHtml(side.version?.label ?? '')}`
  return table(
    ['What', ''],
    [
      ['Session', escapeHtml(session.name)],
      ['Run', code(run.id)],
      ['Asked by', escapeHtml(run.requestedBy)],
      ['Compared', escapeHtml(`${comparedAt.from} to ${comparedAt.to}`)],
      ['Issued', escapeHtml(issuedAt)],
      ['Source', source === null ? 'not connected' : end(source)],
      ['Snapshot', `${code(snapshot.name)} ${escapeHtml(snapshot.version ?? '')}`],
      ['Target', end(target)],
      ['Number', escapeHtml(sequence)],
      ['Certificate before', previous === null ? 'none' : code(previous)],
      ['Digest', escapeHtml(certificate.digest)],
    ],
  )
}

function row({ index, status, reason, equation, digests }: CertifiedIndex): string[] {
  const of = (key: keyof NonNullable<typeof equation>) => (equation === null ? '?' : number(equation[key]))
  const words = {
    pass: '<span class="good">✓ pass</span>',
    fail: '<span class="bad">✗ fail</span>',
    unknown: '<span class="bad">? unknown</span>',
  }
  return [
    escapeHtml(index),
    `${words[status]}${reason === null ? '' : `<br>${escapeHtml(reason)}`}`,
    ...(['truth', 'equal', 'different', 'missing', 'rejected', 'skipped', 'extra'] as const).map(of),
    digests === null ? '?' : `${code(digests.source)}<br>${code(digests.target)}`,
  ]
}
