import * as v from 'valibot'
import type { Db } from '../db/database.ts'
import { findLatestRun } from '../db/runs.ts'
import { Problem } from '../problems.ts'

const Ref = v.object({ repository: v.string(), snapshot: v.string() })
type Ref = v.InferOutput<typeof Ref>
const BackfillParams = v.object({ snapshotRef: Ref })

/** Refuses to touch a snapshot that an open run takes or reads. */
export async function refuseSnapshotInUse(
  db: Db,
  sessionId: string,
  { repository, snapshot }: Ref,
): Promise<void> {
  const [taking, reading, checking] = await Promise.all([
    findLatestRun(db, sessionId, 'snapshot'),
    findLatestRun(db, sessionId, 'backfill'),
    findLatestRun(db, sessionId, 'validate'),
  ])
  const of = (ref: Ref | undefined) => ref?.repository === repository && ref.snapshot === snapshot
  const taken = v.safeParse(Ref, taking?.params)
  const read = v.safeParse(BackfillParams, reading?.params)
  const isRead = read.success && of(read.output.snapshotRef)
  // A validation compares with the snapshot of the last backfill.
  const users = [
    taken.success && of(taken.output) ? taking : undefined,
    isRead ? reading : undefined,
    isRead ? checking : undefined,
  ]
  const user = users.find((run) => run !== undefined && run.finishedAt === null)
  if (user)
    throw new Problem(
      'snapshot_in_use',
      `A ${user.action} run uses the snapshot "${snapshot}"; stop it first`,
      {
        members: { runId: user.id },
      },
    )
}
