import { PgBoss, type SendOptions } from 'pg-boss'
import * as v from 'valibot'
import type { Db } from '../db/database.ts'
import type { Queue } from './queues.ts'

export interface Queues {
  /** Queues a job in the caller's transaction: a rollback takes it away. Returns false where a singleton stands already. */
  enqueue<Input extends object>(
    tx: Db,
    queue: Queue<Input>,
    input: Input,
    options?: Pick<SendOptions, 'singletonKey' | 'startAfter'>,
  ): Promise<boolean>
}

/** A sender that only sends: it needs no started boss and no pool of its own. */
export function createQueues(db: Db): Queues {
  const boss = new PgBoss({ db: executor(db), supervise: false, schedule: false, migrate: false })
  boss.on('error', () => undefined)
  return {
    async enqueue(tx, queue, input, options = {}) {
      const id = await boss.send(queue.name, v.parse(queue.input, input), { ...options, db: executor(tx) })
      return id !== null
    },
  }
}

function executor(db: Db) {
  return { executeSql: (text: string, values?: unknown[]) => db.query<Record<string, unknown>>(text, values) }
}
