import type { Action } from '../api/client.ts'

/** The actions that have a page here, in the order of a migration. What the API cannot do yet is not offered. */
export const offeredActions: Partial<Record<Action, { title: string; page: string }>> = {
  snapshot: { title: 'Snapshot', page: 'snapshot' },
  metadata: { title: 'Metadata', page: 'metadata' },
  backfill: { title: 'Backfill', page: 'backfill' },
  validate: { title: 'Validate', page: 'validate' },
}
