// The certificate of completeness: what was compared, what was found, and that it adds up. Verifiable without us.
import * as v from 'valibot'
import { ClusterVersion } from './cluster.ts'

const natural = v.pipe(v.number(), v.integer(), v.minValue(0))
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'Expected 64 hexadecimal digits'))

/** Source truth = equal + different + missing + rejected + skipped + superseded; extra are beside the truth. */
export const Equation = v.pipe(
  v.strictObject({
    truth: natural,
    equal: natural,
    different: natural,
    missing: natural,
    /** By the target during the backfill, kept with their cause, and not on the target now. */
    rejected: natural,
    /** By the user's own choice: a transform that drops. */
    skipped: natural,
    /** By newer writes; 0 until traffic is captured. */
    superseded: natural,
    /** On the target and not in the source. */
    extra: natural,
  }),
  v.metadata({ ref: 'Equation' }),
)
export type Equation = v.InferOutput<typeof Equation>

/** Whether every document of the truth has exactly one place in it. */
export function addsUp({
  truth,
  equal,
  different,
  missing,
  rejected,
  skipped,
  superseded,
}: Equation): boolean {
  return truth === equal + different + missing + rejected + skipped + superseded
}

export const CertifiedIndex = v.pipe(
  v.strictObject({
    index: v.string(),
    targetIndex: v.string(),
    status: v.picklist(['pass', 'fail', 'unknown']),
    reason: v.nullable(v.string()),
    equation: v.nullable(Equation),
    digests: v.nullable(v.strictObject({ source: Sha256, target: Sha256 })),
    /** The state of each shard of the target that was read; null where the target does not tell. */
    targetState: v.array(v.nullable(v.string())),
  }),
  v.metadata({ ref: 'CertifiedIndex' }),
)
export type CertifiedIndex = v.InferOutput<typeof CertifiedIndex>

/** What the tool knows of it; the rest is the control plane's own knowledge. */
export const CertificateContent = v.strictObject({
  comparedAt: v.strictObject({ from: v.string(), to: v.string() }),
  source: v.nullable(v.strictObject({ endpoint: v.string(), version: v.nullable(ClusterVersion) })),
  target: v.strictObject({ endpoint: v.string(), version: v.nullable(ClusterVersion) }),
  snapshot: v.strictObject({
    name: v.string(),
    uuid: v.string(),
    version: v.nullable(v.string()),
    finishedAt: v.nullable(v.string()),
  }),
  indexes: v.pipe(v.array(CertifiedIndex), v.maxLength(50_000)),
})
export type CertificateContent = v.InferOutput<typeof CertificateContent>

export const Certificate = v.pipe(
  v.strictObject({
    kind: v.literal('certificate-of-completeness'),
    format: v.literal(1),
    /** How the digests were made, so that anybody can make them again. */
    digest: v.string(),
    session: v.strictObject({ id: v.string(), name: v.string() }),
    run: v.strictObject({
      id: v.string(),
      requestedBy: v.string(),
      configVersion: natural,
      startedAt: v.nullable(v.string()),
    }),
    backfill: v.nullable(
      v.strictObject({ id: v.string(), state: v.string(), finishedAt: v.nullable(v.string()) }),
    ),
    issuedAt: v.string(),
    /** Of this product. */
    version: v.string(),
    ...CertificateContent.entries,
    totals: Equation,
    /** Every index was compared, every document of the source is on the target with the same content, and no other is. */
    complete: v.boolean(),
    sequence: natural,
    /** The SHA-256 of the certificate before this one in the session; null for the first. */
    previous: v.nullable(Sha256),
  }),
  v.metadata({ ref: 'Certificate' }),
)
export type Certificate = v.InferOutput<typeof Certificate>

export const SignedCertificate = v.pipe(
  v.strictObject({
    certificate: Certificate,
    /** Of the canonical form of `certificate`; null where the control plane has no signing key. */
    signature: v.nullable(
      v.strictObject({
        algorithm: v.literal('Ed25519'),
        keyId: v.string(),
        publicKey: v.string(),
        value: v.string(),
      }),
    ),
  }),
  v.metadata({ ref: 'SignedCertificate' }),
)
export type SignedCertificate = v.InferOutput<typeof SignedCertificate>

export const SigningKey = v.pipe(
  v.strictObject({
    algorithm: v.literal('Ed25519'),
    keyId: v.string(),
    /** 32 bytes, base64. */
    publicKey: v.string(),
  }),
  v.metadata({ ref: 'SigningKey' }),
)
export type SigningKey = v.InferOutput<typeof SigningKey>

export const DIGEST_RULE =
  'Sum modulo 2^256 of SHA-256(len(id) id len(routing) routing len(source) source) over all documents; lengths are big-endian 32-bit, an absent routing has the length 2^32-1; source is JSON without white space, members sorted by their UTF-8 bytes, strings with the fewest escapes, numbers as written'

/** The bytes that are signed: JSON without white space, members sorted by name. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonicalText(member)}`).join(',')}}`
}

const zero: Equation = {
  truth: 0,
  equal: 0,
  different: 0,
  missing: 0,
  rejected: 0,
  skipped: 0,
  superseded: 0,
  extra: 0,
}

/** Sums over the indexes that could be compared. */
export function totalsOf(indexes: readonly CertifiedIndex[]): Equation {
  const totals = { ...zero }
  for (const { equation } of indexes)
    for (const key of Object.keys(zero) as (keyof Equation)[]) totals[key] += equation?.[key] ?? 0 // its own keys
  return totals
}

export function isComplete(indexes: readonly CertifiedIndex[]): boolean {
  return indexes.length > 0 && indexes.every(({ status }) => status === 'pass')
}
