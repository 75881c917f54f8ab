import type { Draft, Editor } from '../draft.ts'
import type { Pair } from '../gates.ts'

/** A known difference between versions, applied to every body it concerns. */
export type Rule = {
  /** Stable name; stands in the record of each change it makes. */
  id: string
  /** One sentence for a person. */
  title: string
  applies(pair: Pair): boolean
  apply(draft: Draft, pen: Editor, context: RuleContext): void
}

export type RuleContext = Pair & {
  /** Number of awareness zones the copies of a shard are spread over; 1 where there is no awareness. */
  zones: number
}
