// Watches a snapshot that the source is taking, until it ends.
import { performance } from 'node:perf_hooks'
import type { IndexStatus } from '../../shared/cluster/snapshot-status.ts'
import type { ClusterSnapshot } from '../../shared/cluster/snapshots.ts'
import type { Report } from '../../shared/domain/report.ts'
import { ToolFailure } from '../metadata/failure.ts'
import { durationText, Rate, rateText } from './rate.ts'
import { bytesOf, type SnapshotItems } from './snapshot-items.ts'
import type { SourceSnapshot } from './source-snapshot.ts'

export type Pace = { firstMs: number; longestMs: number }
/** A small snapshot is done in a second; a large one has a long status. */
export const usualPace: Pace = { firstMs: 250, longestMs: 5_000 }
/** A snapshot that was asked for may take a moment to be known to the node that is asked. */
const APPEARS_WITHIN = 20

/** Resolves with the ended snapshot, whatever its state is. Throws `snapshot_gone` where somebody deletes it. */
export async function follow(
  source: SourceSnapshot,
  { report, items, pace = usualPace }: { report: Report; items: SnapshotItems; pace?: Pace },
): Promise<ClusterSnapshot> {
  const rate = new Rate()
  const told = { text: '' }
  let [seen, waitMs] = [false, pace.firstMs]
  for (let round = 0; ; round++) {
    const found = await source.find()
    if (found === null && (seen || round >= APPEARS_WITHIN)) throw gone(source)
    seen ||= found !== null
    if (found !== null && found.state !== 'IN_PROGRESS') return found
    const indexes = found === null ? null : await source.status().catch(whenEnded)
    if (indexes) {
      items.tell(indexes, false)
      tellProgress(indexes, rate, told, report)
    }
    await source.pause(waitMs)
    waitMs = Math.min(pace.longestMs, waitMs * 1.5)
  }
}

/** Between two requests the snapshot may end; the next round finds it so. */
function whenEnded(error: unknown): null {
  if (error instanceof Error && 'status' in error && error.status === 404) return null
  throw error
}

/** Tells only what moved, so that a run that stands still is seen to. */
function tellProgress(
  indexes: readonly IndexStatus[],
  rate: Rate,
  told: { text: string },
  report: Report,
): void {
  const shards = indexes.flatMap((index) => index.shards)
  const { total, done } = bytesOf(shards)
  rate.add(performance.now(), done)
  const ended = shards.filter(({ state }) => state === 'done' || state === 'failed').length
  const moved = `${done} ${total} ${ended} ${shards.length}`
  if (told.text === moved) return
  told.text = moved
  const speed = rate.bytesPerSecond
  const rest = total === null || !speed ? null : (total - done) / speed
  const message = [
    `${ended} of ${shards.length} shards`,
    ...(speed === null ? [] : [rateText(speed)]),
    ...(rest === null ? [] : [`about ${durationText(rest)} left`]),
  ].join(', ')
  report.progress({ done, total, unit: 'bytes', message })
}

function gone({ place }: SourceSnapshot): ToolFailure {
  return new ToolFailure('snapshot_gone', `The snapshot "${place.snapshot}" is not on the source any more`, {
    evidence: place,
    remedy: 'Somebody deleted or ended it on the source; start again',
  })
}
