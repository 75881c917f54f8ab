// The worker's loop: lease items, run a few side by side, until the control plane says that all is done.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { failpoint } from '../../shared/domain/failpoint.ts'
import type { LeaseAnswer, LeasedItem } from '../../shared/domain/work-item.ts'
import { errorOf, RunOver, ToolFailure } from './failure.ts'
import { type Holder, ItemRun, type ItemTask, type TaskSignals } from './item-run.ts'

export type WorkEnd = 'done' | 'stopped'

/** What the tool of an action does with an item. */
export type TaskOf = (item: LeasedItem, signals: TaskSignals) => ItemTask

/** `done` only when the control plane says so; `stopped` on `stop`, or when the run is over. */
export async function work(holder: Holder, taskOf: TaskOf, stop: AbortSignal): Promise<WorkEnd> {
  const own = new AbortController()
  const signal = AbortSignal.any([stop, own.signal])
  const running = new Set<Promise<void>>()
  let end: WorkEnd | null = null
  holder.report.log('info', 'worker started')
  try {
    await loop()
  } finally {
    if (end === null) own.abort()
    await Promise.all(running)
  }
  holder.report.log('info', end === 'done' ? 'worker ended: all is done' : 'worker checked out')
  return end ?? 'stopped'

  async function loop(): Promise<void> {
    while (!signal.aborted && end === null) {
      const free = holder.itemsAtOnce() - running.size
      if (free > 0) {
        const askedAt = performance.now()
        const answer = await lease(holder, free, signal)
        if (answer === 'over' || answer?.next === 'stopped') return
        if (answer?.next === 'done' && running.size === 0) end = 'done'
        if (answer && answer.items.length > 0) failpoint('worker.leased')
        for (const item of answer?.items ?? []) start(new ItemRun(holder, item, askedAt, taskOf))
        if (answer && answer.items.length > 0) continue
        const wait = Math.max(answer?.retryAfterMs ?? 1_000, 50)
        if (end === null) await Promise.race([...running, pause(wait, signal)])
      } else await Promise.race([...running, pause(60_000, signal)])
    }
  }

  function start(item: ItemRun): void {
    const run = item
      .run(signal)
      .then(() => {})
      .catch((error: unknown) => {
        if (!(error instanceof RunOver)) holder.report.log('error', errorOf(error).message)
        own.abort()
      })
      .finally(() => running.delete(run))
    running.add(run)
  }
}

/** Null where the control plane did not answer: it is asked again. */
async function lease(
  { workItems, worker, report, apply }: Holder,
  max: number,
  signal: AbortSignal,
): Promise<LeaseAnswer | 'over' | null> {
  try {
    const answer = await workItems.lease(worker, max)
    apply(answer.knobs)
    return answer
  } catch (error) {
    if (error instanceof RunOver) return 'over'
    if (error instanceof ToolFailure && !error.retryable) throw error
    if (!signal.aborted) report.log('warn', `No lease: ${errorOf(error).message}`)
    return null
  }
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {})
