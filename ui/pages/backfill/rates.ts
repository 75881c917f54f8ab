// How fast it was, from what the events told; so the past of a run can be drawn as soon as its page opens.
import type { SessionEvent } from '../../api/client.ts'

export type Point = { at: number; rate: number }

/** Between two events of less than this, the difference says nothing. */
const SHORTEST_MS = 500
/** A stretch without events longer than this is a gap and no low rate. */
const GAP_MS = 60_000

/** Documents per second between one `run.progress` of the run and the next, oldest first. */
export function ratesOf(events: SessionEvent[], run: string): Point[] {
  const told = events
    .filter(({ type, runId }) => type === 'run.progress' && runId === run)
    .map(({ at, data }) => ({ at: Date.parse(at), done: Number(data.done) }))
    .filter(({ done }) => Number.isFinite(done))
    .sort((a, b) => a.at - b.at)
  const points: Point[] = []
  let last = told[0]
  for (const now of told) {
    if (!last || now.at - last.at < SHORTEST_MS) continue
    const rate = (now.done - last.done) / ((now.at - last.at) / 1_000)
    if (now.at - last.at <= GAP_MS && rate >= 0) points.push({ at: now.at, rate })
    last = now
  }
  return points
}
