import type { Action } from '../api/client.ts'

/** The actions that have a page here, in the order of a migration. What the API cannot do yet is not offered. */
export const offeredActions: Partial<Record<Action, { title: string; page: string }>> = {
  metadata: { title: 'Metadata', page: 'metadata' },
}
