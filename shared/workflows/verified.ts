// What the last step of a backfill found, kept where its run is judged.
import { recordTargetCount } from '../db/backfills.ts'
import type { Db } from '../db/database.ts'
import { completeHeavyRun } from '../db/heavy-runs.ts'
import type { Claim } from '../db/runs.ts'
import { failpoint } from '../domain/failpoint.ts'

/** Keeps the target's own counts and ends the run with the accepted result; twice is refused by the claim. */
export async function completeVerified(db: Db, claim: Claim, result: Record<string, unknown>): Promise<void> {
  for (const { name, count } of countsOf(result)) {
    const observed = count === null ? { error: 'The count at the end failed' } : { count }
    await recordTargetCount(db, claim.runId, name, observed)
  }
  failpoint('engine.result')
  await completeHeavyRun(db, claim, result)
}

/** What verify counted, per index; null where the target could not say. */
function countsOf(result: Record<string, unknown>): { name: string; count: number | null }[] {
  const indexes = Array.isArray(result.indexes) ? result.indexes : []
  return indexes.flatMap((index: unknown) => {
    if (typeof index !== 'object' || index === null || !('name' in index) || typeof index.name !== 'string')
      return []
    return [
      { name: index.name, count: 'count' in index && typeof index.count === 'number' ? index.count : null },
    ]
  })
}
