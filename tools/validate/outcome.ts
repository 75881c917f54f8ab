// What a full comparison says of one index and of one document.
import type { CertifiedIndex } from '../../shared/domain/certificate.ts'
import type { PathDifference } from './json-difference.ts'

/** `routing`: the same document under another routing. `rejected`: missing, and kept by the backfill with the cause. */
export type DifferenceKind = 'missing' | 'different' | 'routing' | 'extra' | 'rejected'

/** One document that is not the same on both sides. Ids are strings, whatever they look like. */
export type Difference = {
  index: string
  kind: DifferenceKind
  id: string
  routing: string | null
  targetRouting?: string | null
  /** Where the two sources differ. */
  paths?: PathDifference[]
}

/** `unknown`: it could not be compared whole, for `reason`. */
export type IndexOutcome = CertifiedIndex & {
  remedy: string | null
  documents: { source: number; target: number } | null
  buckets: { differing: number; of: number } | null
  evidence: Record<string, unknown>
}
