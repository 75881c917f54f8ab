// The last step: the target's own counts, and the settings put back.
import type { ClusterClient } from '../../shared/cluster/client.ts'
import type { BackfillAssignment } from '../../shared/domain/backfill.ts'
import type { Report } from '../../shared/domain/report.ts'
import { openBlobs } from '../snapshot/open-blobs.ts'
import { openRepository } from '../snapshot/repository.ts'
import { chooseNames } from './choose-indexes.ts'
import { errorOf } from './failure.ts'
import { countDocuments, refresh } from './target.ts'
import { restore } from './tuning.ts'

/** What the work says of an index, where it is known here: the control plane knows it better. */
export type Accounting = {
  expected: number
  written: number
  rejected: number
  skipped: number
  existing: number
}

export type VerifiedIndex = {
  name: string
  targetName: string
  /** Null where it could not be read, with the reason in `error`. */
  count: number | null
  observedAt: string
  error: string | null
  accounting: Accounting | null
  agree: boolean
}

export type VerifyResult = { indexes: VerifiedIndex[]; agree: boolean }

type VerifyParts = {
  assignment: BackfillAssignment
  report: Report
  client: ClusterClient
  /** By name of the source index. */
  accounting?: ReadonlyMap<string, Accounting>
}

/** A count that cannot be read is no agreement. */
export async function verify(parts: VerifyParts, signal: AbortSignal): Promise<VerifyResult> {
  const { client, assignment, report } = parts
  const names = await chosenNames(assignment)
  const indexes: VerifiedIndex[] = []
  for (const name of names) {
    const targetName = (assignment.plan.trial?.indexPrefix ?? '') + name
    await restore(client, targetName, signal)
    indexes.push(await verifyIndex(parts, name, targetName, signal))
    report.progress({ done: indexes.length, total: names.length, unit: 'indexes', message: 'Verifying' })
  }
  return { indexes, agree: indexes.every(({ agree }) => agree) }
}

/** Puts the settings of all target indexes back; for a run that ends before its verification. */
export async function restoreAll(
  parts: Pick<VerifyParts, 'client' | 'assignment'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, assignment } = parts
  for (const name of await chosenNames(assignment))
    await restore(client, (assignment.plan.trial?.indexPrefix ?? '') + name, signal)
}

async function chosenNames(assignment: BackfillAssignment): Promise<string[]> {
  const repository = await openRepository(await openBlobs(assignment.repository))
  try {
    const allowing = { ...assignment, plan: { ...assignment.plan, allowPartial: true } }
    return chooseNames(await repository.snapshot(assignment.snapshot), allowing, { issue: () => {} })
  } finally {
    await repository.close()
  }
}

async function verifyIndex(
  { client, report, accounting: known, assignment }: VerifyParts,
  name: string,
  targetName: string,
  signal: AbortSignal,
): Promise<VerifiedIndex> {
  const accounting = known?.get(name) ?? null
  const at = () => new Date().toISOString()
  try {
    await refresh(client, [targetName], signal)
    const count = await countDocuments(client, targetName, signal)
    const agree = accounting === null || agrees(count, accounting, assignment)
    return { name, targetName, count, observedAt: at(), error: null, accounting, agree }
  } catch (error) {
    if (signal.aborted) throw error
    const { message, evidence, remedy } = errorOf(error)
    const scope = `index:${targetName}`
    const about = { origin: 'target' as const, retryable: true, scope, message, evidence, remedy }
    report.issue({ code: 'target_not_counted', severity: 'error', ...about })
    return { name, targetName, count: null, observedAt: at(), error: message, accounting, agree: false }
  }
}

/** Where documents existed before, ours may be among them: then the count lies between two numbers. */
function agrees(
  count: number,
  { expected, written, rejected, skipped, existing }: Accounting,
  { plan, written: ours }: BackfillAssignment,
): boolean {
  if (expected !== written + rejected + skipped) return false
  const others = plan.existing !== 'refuse' || ours.length > 0 ? existing : 0
  return count >= Math.max(written, others) && count <= written + others
}
