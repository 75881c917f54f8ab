// What a snapshot is and how it stands, in words.
import type { IndexProgress, SnapshotSummary } from '../api/client.ts'
import { formatBytes, formatDuration } from './format.ts'
import type { Look } from './states.ts'

export const snapshotLooks: Record<SnapshotSummary['state'], Look> = {
  SUCCESS: { word: 'Complete', tone: 'good', icon: 'check' },
  PARTIAL: { word: 'Partial', tone: 'warn', icon: 'alert' },
  FAILED: { word: 'Failed', tone: 'bad', icon: 'cross' },
  IN_PROGRESS: { word: 'In progress', tone: 'busy', icon: 'dot' },
  INCOMPATIBLE: { word: 'Incompatible', tone: 'bad', icon: 'cross' },
  UNKNOWN: { word: 'Unknown', tone: 'warn', icon: 'question' },
}

export const indexLooks: Record<IndexProgress['state'], Look> = {
  waiting: { word: 'Waiting', tone: 'calm', icon: 'clock' },
  running: { word: 'Running', tone: 'busy', icon: 'dot' },
  done: { word: 'Done', tone: 'good', icon: 'check' },
  partial: { word: 'Partial', tone: 'warn', icon: 'alert' },
  skipped: { word: 'Skipped', tone: 'calm', icon: 'skip' },
}

/** Whether documents can be read from it. */
export function isUsable(snapshot: SnapshotSummary): boolean {
  return snapshot.state === 'SUCCESS' || snapshot.state === 'PARTIAL'
}

export function describeTook({ startedAt, finishedAt }: SnapshotSummary): string {
  return startedAt && finishedAt ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt)) : ''
}

/** "12 – 18 min left", or that nobody can know. */
export function describeEta(eta: { seconds: number; low: number; high: number } | null): string {
  if (!eta) return 'time left not known yet'
  const [low, high] = [formatDuration(eta.low * 1_000), formatDuration(eta.high * 1_000)]
  const about = `about ${formatDuration(eta.seconds * 1_000)} left`
  return low === high ? about : `${about} (${low} to ${high})`
}

export function describeBytes(bytes: { total: number | null; done: number | null }): string {
  if (bytes.total === null && bytes.done === null) return 'size unknown'
  return bytes.total === null
    ? `${formatBytes(bytes.done)} of an unknown size`
    : `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`
}
