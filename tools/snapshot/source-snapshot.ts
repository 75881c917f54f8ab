// One snapshot on its source cluster, with the patience that a long act needs.
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterClient, ClusterFailure } from '../../shared/cluster/client.ts'
import { type IndexStatus, readSnapshotStatus } from '../../shared/cluster/snapshot-status.ts'
import {
  type ClusterSnapshot,
  createSnapshot,
  deleteSnapshot,
  findSnapshot,
  type SnapshotPlace,
} from '../../shared/cluster/snapshots.ts'
import type { Report } from '../../shared/domain/report.ts'

/** A source that does not answer for longer than this ends the run; its snapshot may go on without us. */
const PATIENCE_MS = 600_000
const RETRY_MS = 3_000
const READ_MS = 120_000

export class SourceSnapshot {
  readonly client: ClusterClient
  readonly place: SnapshotPlace
  readonly #report: Report
  readonly #signal: AbortSignal
  readonly #retryMs: number

  constructor(
    client: ClusterClient,
    place: SnapshotPlace,
    { report, signal, retryMs = RETRY_MS }: { report: Report; signal: AbortSignal; retryMs?: number },
  ) {
    this.client = client
    this.place = place
    this.#report = report
    this.#signal = signal
    this.#retryMs = retryMs
  }

  find(): Promise<ClusterSnapshot | null> {
    return this.#patiently(() => findSnapshot(this.client, this.place, this.#limits()))
  }

  status(): Promise<IndexStatus[] | null> {
    return this.#patiently(() => readSnapshotStatus(this.client, this.place, this.#limits()))
  }

  /** Asks for the snapshot; where the source is busy with another one, waits until that has ended, and says so. */
  async create(body: object): Promise<void> {
    for (;;) {
      try {
        return await createSnapshot(this.client, this.place, body, this.#limits())
      } catch (error) {
        if (isBusy(error)) await this.#wait('source_busy', error, 'It waits until the source can begin it')
        // The request was taken, or may have been: what the source knows of it is read next.
        else if (alreadyThere(error) || (await this.#mayStand(error))) return
        else throw error
      }
    }
  }

  /**
   * Ends it, also after the signal. False where the source knows of none, asked more than once: a request that was
   * given up may still be on its way.
   */
  async end(timeoutMs: number): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      if (await deleteSnapshot(this.client, this.place, { timeoutMs })) return true
      if (attempt === 3) return false
      await sleep(300)
    }
  }

  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#signal })
  }

  #limits() {
    return { signal: this.#signal, timeoutMs: READ_MS }
  }

  /** A request whose answer was lost may have begun the snapshot. */
  async #mayStand(error: unknown): Promise<boolean> {
    if (!(error instanceof ClusterFailure) || !['timeout', 'tcp', 'protocol'].includes(error.kind))
      return false
    if (error.status !== null) return false
    return (await this.find()) !== null
  }

  /** A read that fails for a reason that may pass is tried again for ten minutes, and told each time. */
  async #patiently<T>(read: () => Promise<T>): Promise<T> {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await read()
      } catch (error) {
        this.#signal.throwIfAborted()
        if (!(error instanceof ClusterFailure) || !error.retryable || performance.now() > until) throw error
        await this.#wait(
          'source_unavailable',
          error,
          'It is asked again; the snapshot goes on there meanwhile',
        )
      }
    }
  }

  async #wait(code: string, error: unknown, then: string): Promise<void> {
    const failure = error instanceof ClusterFailure ? error : null
    this.#report.issue({
      code,
      severity: 'warning',
      origin: 'source',
      retryable: true,
      scope: null,
      message: `${failure?.message ?? 'The source does not answer'}. ${then}`,
      evidence: failure?.evidence ?? {},
      remedy: failure?.remedy ?? null,
    })
    await this.pause(this.#retryMs)
  }
}

/** Before Elasticsearch 7.9 a cluster takes one snapshot at a time, and none while one is deleted. */
function isBusy(error: unknown): boolean {
  return error instanceof ClusterFailure && /concurrent_snapshot_execution_exception/.test(toldBy(error))
}

function alreadyThere(error: unknown): boolean {
  return (
    error instanceof ClusterFailure &&
    /invalid_snapshot_name_exception/.test(toldBy(error)) &&
    /already (exists|in progress)|already in-progress|same name/.test(toldBy(error))
  )
}

const toldBy = (failure: ClusterFailure) => `${failure.message} ${String(failure.evidence.answer)}`
