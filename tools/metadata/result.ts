import type { MetadataResult, NotMigrated } from '../../shared/domain/metadata.ts'
import type { Unmatched } from './choose.ts'
import type { Pair } from './gates.ts'
import { bodyRules, otherRules, targetRules } from './rules/all.ts'
import type { Origin } from './source.ts'
import type { Work } from './work.ts'

type End = { work: Work; pair: Pair; unmatched: Unmatched[]; inventory: NotMigrated[]; origin: Origin }

/** The summary of a run, in a fixed order. */
export function resultOf({ work, pair, unmatched, inventory, origin }: End): MetadataResult {
  const { book, chooser, dryRun } = work
  const titles = new Map([...bodyRules, ...targetRules, ...otherRules].map(({ id, title }) => [id, title]))
  return {
    dryRun,
    clusters: {
      source: { endpoint: origin.endpoint, snapshot: origin.snapshot, version: pair.source },
      target: { endpoint: work.target.client.connection.endpoint, version: pair.target },
    },
    items: Object.fromEntries(Object.entries(book.items).sort(([a], [b]) => (a < b ? -1 : 1))),
    finishedBefore: chooser.finishedBefore,
    skippedNotListed: book.skippedNotListed,
    rules: [...book.rules]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, items]) => ({ id, title: titles.get(id) ?? id, items })),
    unmatched,
    notMigrated: inventory.filter(({ count }) => count !== 0),
  }
}
