import type { Db } from './database.ts'

/**
 * Lets go of what processes of an earlier life held: runs, and work items of the local engine's workers. For a process
 * that is alone on its database. Epochs keep what may still arrive from before from counting, so that a second call, or
 * a worker that is still on its way out, harms nothing.
 */
export async function takeOver(db: Db): Promise<void> {
  // A minute ago: the reconciliation looks after a run that nobody has held for some seconds.
  await db.query(
    `update run set claimed_until = now() - interval '1 minute' where finished_at is null and claimed_until > now()`,
  )
  await db.query(
    `update work_item set lease_expires_at = app_now() - interval '1 millisecond'
     where state = 'leased' and starts_with(worker, 'local-') and lease_expires_at > app_now()`,
  )
}
