import { expect, test } from 'vitest'
import {
  type Certificate,
  type CertifiedIndex,
  canonicalText,
  isComplete,
  totalsOf,
} from '../../../shared/domain/certificate.ts'
import { hex, sha256 } from '../../../shared/seal.ts'
import { createSigner } from '../../../shared/sign.ts'
import { verifyCertificates } from '../../../tools/validate/verify-certificate.ts'

const signer = await createSigner(Buffer.alloc(32, 3).toString('base64'))
const digest = 'a'.repeat(64)
const anIndex: CertifiedIndex = {
  index: 'orders',
  targetIndex: 'orders',
  status: 'pass',
  reason: null,
  equation: {
    truth: 3,
    equal: 3,
    different: 0,
    missing: 0,
    rejected: 0,
    skipped: 0,
    superseded: 0,
    extra: 0,
  },
  digests: { source: digest, target: digest },
  targetState: ['uuid.7', null],
}

async function signed(sequence: number, previous: string | null, index: CertifiedIndex = anIndex) {
  const certificate: Certificate = {
    kind: 'certificate-of-completeness',
    format: 1,
    digest: 'rule',
    session: { id: 's', name: 'orders' },
    run: { id: 'r', requestedBy: 'tess', configVersion: 1, startedAt: null },
    backfill: null,
    issuedAt: '2026-01-01T00:00:00.000Z',
    version: '0.1.0',
    comparedAt: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z' },
    source: null,
    target: { endpoint: 'http://target', version: null },
    snapshot: { name: 'night', uuid: 'u', version: '7.10.2', finishedAt: null },
    indexes: [index],
    totals: totalsOf([index]),
    complete: isComplete([index]),
    sequence,
    previous,
  }
  const value = await signer.sign(canonicalText(certificate))
  const { keyId, publicKey } = signer
  return { certificate, signature: { algorithm: 'Ed25519' as const, keyId, publicKey, value } }
}

const problemsOf = (all: object[], key = signer.publicKey) =>
  verifyCertificates(
    all.map((each) => JSON.stringify(each, null, 3)),
    key,
  ).flatMap(({ problems }) => problems)

test('a certificate is genuine however it is laid out, and a chain of them too', async () => {
  const first = await signed(1, null)
  const second = await signed(2, hex(await sha256(canonicalText(first.certificate))))

  expect(problemsOf([second, first])).toEqual([])
  expect(problemsOf([second])).toEqual([])
})

test('another key, a changed number, a lost signature and a broken chain are told', async () => {
  const first = await signed(1, null)
  const other = await createSigner(Buffer.alloc(32, 4).toString('base64'))
  const changed = structuredClone(first)
  changed.certificate.run.requestedBy = 'nobody'

  expect(problemsOf([first], other.publicKey)[0]).toContain('signature')
  expect(problemsOf([changed])[0]).toContain('signature')
  expect(problemsOf([{ ...first, signature: null }])).toEqual(['It is not signed'])
  expect(problemsOf([first, await signed(2, 'b'.repeat(64))])[0]).toContain('follow')
})

test('what is signed and yet does not add up is told', async () => {
  const equation = {
    truth: 3,
    equal: 2,
    different: 0,
    missing: 0,
    rejected: 0,
    skipped: 0,
    superseded: 0,
    extra: 0,
  }
  const digests = { source: digest, target: 'b'.repeat(64) }

  expect(problemsOf([await signed(1, null, { ...anIndex, equation })])[0]).toContain('add up')
  expect(problemsOf([await signed(1, null, { ...anIndex, digests })])[0]).toContain('said to pass')
})
