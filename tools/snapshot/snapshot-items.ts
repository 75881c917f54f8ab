// What is told of each index and shard of a snapshot, each time it changes and not more often.
import type { IndexStatus, ShardStatus } from '../../shared/cluster/snapshot-status.ts'
import type { ItemReport, Report } from '../../shared/domain/report.ts'
import type { IndexProgress } from '../../shared/domain/snapshot.ts'

type Told = Pick<ItemReport, 'outcome'> &
  Pick<ItemReport['detail'], 'action' | 'message' | 'remedy' | 'after'>

/**
 * Tells items. What is not finished is `skipped`: where the run ends there, it is what was not taken. A shard that
 * failed is a `warning`, for the rest of the snapshot is usable.
 */
export class SnapshotItems {
  readonly #report: Report
  readonly #told = new Map<string, string>()

  constructor(report: Report) {
    this.#report = report
  }

  /** Indexes that are asked for, before the source tells of them. */
  expect(names: readonly string[]): void {
    for (const name of names)
      this.#index({
        name,
        state: 'waiting',
        shards: { total: 0, done: 0, failed: 0 },
        bytes: { total: null, done: 0 },
      })
  }

  /** How far the source is. Once it has `ended`, a shard that waits still was not taken. */
  tell(indexes: readonly IndexStatus[], ended: boolean): void {
    for (const { name, shards } of indexes) {
      for (const shard of shards) this.#shard(name, shard)
      this.#index(progressOf(name, shards, ended))
    }
  }

  /** An index that was asked for and is not in the finished snapshot. */
  missing(name: string, why: string): void {
    const nothing = {
      state: 'skipped' as const,
      shards: { total: 0, done: 0, failed: 0 },
      bytes: { total: null, done: 0 },
    }
    this.#item('index', name, {
      outcome: 'warning',
      action: 'skip',
      message: why,
      remedy: 'Take another snapshot if it is needed',
      after: nothing,
    })
  }

  #index({ name, ...after }: IndexProgress): void {
    const { total, done, failed } = after.shards
    const told = {
      done: { ...taken, after },
      partial: {
        outcome: 'warning' as const,
        action: 'create' as const,
        message: `${failed} of ${total} shards are not in the snapshot`,
        remedy: partialRemedy,
        after,
      },
      running: { ...notYet, message: `${done} of ${total} shards are done`, after },
      waiting: { ...notYet, message: 'Waiting', after },
      skipped: { ...notYet, message: null, after },
    }
    this.#item('index', name, told[after.state])
  }

  #shard(index: string, { shard, state, bytes, node, reason }: ShardStatus): void {
    const after = { index, shard, state, bytes, node }
    const told = {
      done: { ...taken, after },
      failed: {
        outcome: 'warning' as const,
        action: 'refused' as const,
        message: reason ?? 'The source does not say why',
        remedy: partialRemedy,
        after,
      },
      running: { ...notYet, message: 'Being copied', after },
      waiting: { ...notYet, message: 'Waiting', after },
    }
    this.#item('shard', `${index}[${shard}]`, told[state])
  }

  #item(kind: 'index' | 'shard', name: string, told: Told): void {
    const text = JSON.stringify(told)
    if (this.#told.get(`${kind} ${name}`) === text) return
    this.#told.set(`${kind} ${name}`, text)
    const { outcome, ...detail } = told
    this.#report.item({
      kind,
      name,
      outcome,
      detail: { ...detail, rules: [], changes: [], drift: [], targetError: null, attempts: 1 },
    })
  }
}

const taken = { outcome: 'ok', action: 'create', message: null, remedy: null } as const
const notYet = { outcome: 'skipped', action: 'skip', remedy: null } as const

export const partialRemedy =
  'Make the primary shards available and take another snapshot, or go on with the shards that are in this one'

function progressOf(name: string, shards: readonly ShardStatus[], ended: boolean): IndexProgress {
  const count = (state: ShardStatus['state']) => shards.filter((shard) => shard.state === state).length
  const [done, failed] = [count('done'), count('failed')]
  const state =
    done === shards.length
      ? 'done'
      : done + failed === shards.length || (ended && failed > 0)
        ? 'partial'
        : count('waiting') === shards.length
          ? 'waiting'
          : 'running'
  return { name, state, shards: { total: shards.length, done, failed }, bytes: bytesOf(shards) }
}

/** The total of what the snapshot copies is known when every shard that did not fail has begun. */
export function bytesOf(shards: readonly ShardStatus[]): { total: number | null; done: number } {
  const living = shards.filter(({ state }) => state !== 'failed')
  return {
    total: living.reduce<number | null>(
      (sum, { bytes }) => (sum === null || bytes.total === null ? null : sum + bytes.total),
      0,
    ),
    done: shards.reduce((sum, { bytes }) => sum + bytes.done, 0),
  }
}
