// Packs the documents of one item into batches, sends them, and counts what became of them.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { failpoint } from '../../shared/domain/failpoint.ts'
import type { LeasedItem, WorkItemCounts } from '../../shared/domain/work-item.ts'
import type { StoredDocument } from '../lucene/document.ts'
import { actionBytes, BulkBatch, type Line } from './bulk-batch.ts'
import { type Conflicts, settle } from './conflicts.ts'
import { lineBreak, type Unsendable } from './document-lines.ts'
import type { Lease } from './lease.ts'
import { ProgressWindow } from './progress-window.ts'
import type { Known } from './stage.ts'
import type { WorkerParts } from './worker-parts.ts'

/** Slack for the action lines of a batch of exactly the wanted size. */
const ROOM = 64 << 10

const none = (): WorkItemCounts => ({ written: 0, rejected: 0, skipped: 0, bytes: 0 })

export class ItemSink {
  readonly window: ProgressWindow
  readonly #parts: WorkerParts
  readonly #item: LeasedItem
  readonly #conflicts: Conflicts
  readonly #lease: Lease
  readonly #signal: AbortSignal
  readonly #halt: AbortSignal
  readonly #onError: (error: unknown) => void
  readonly #inFlight = new Set<Promise<void>>()
  #batch: BulkBatch | null = null
  #batchAt = 0
  /** Of documents that ended without being sent, since the last window began. */
  #aside = none()

  /** `signal` gives up what is under way, `halt` what is not yet. */
  constructor(
    parts: WorkerParts,
    item: LeasedItem,
    conflicts: Conflicts,
    lease: Lease,
    { signal, halt }: { signal: AbortSignal; halt: AbortSignal },
    onError: (error: unknown) => void,
  ) {
    this.#parts = parts
    this.#item = item
    this.#conflicts = conflicts
    this.#lease = lease
    this.#signal = signal
    this.#halt = AbortSignal.any([signal, halt])
    this.#onError = onError
    this.window = new ProgressWindow(item.cursor?.doc ?? item.spec.from, item.counts)
  }

  /** Age of the batch in the making, in milliseconds. */
  get age(): number {
    return this.#batch && !this.#batch.isEmpty ? performance.now() - this.#batchAt : 0
  }

  /** Adds a document to the batch in the making. False where there is no batch with room for it. */
  addNow(document: Known | StoredDocument, line: Line | Unsendable | 'dropped'): boolean {
    if (line === 'dropped') this.#setAside(document, 'skipped')
    else if ('errorType' in line) this.#refuse(document, line, null)
    else if (!this.#batch?.hasRoom(this.#sized(line))) return false
    else if (!this.#batch.add(this.#conflicts.operation, line)) this.#refuse(document, lineBreak, line.source)
    return true
  }

  /** Sends the batch in the making and adds the document to the next one. */
  async addToNext(document: Known | StoredDocument, line: Line | Unsendable | 'dropped'): Promise<void> {
    this.flush(document.doc)
    const { buffers, batchBytes, openBatches } = this.#parts
    while (this.#inFlight.size >= openBatches()) await Promise.race(this.#inFlight)
    const needed =
      typeof line === 'object' && 'source' in line ? actionBytes(line) + line.source.length + 2 : 0
    this.#batch = new BulkBatch(await buffers.take(Math.max(batchBytes() + ROOM, needed), this.#halt))
    this.#batchAt = performance.now()
    this.addNow(document, line)
  }

  /** Sends what there is: everything before document `to` is then accounted for or under way. */
  flush(to: number): void {
    const close = this.window.begin(to)
    const aside = this.#aside
    this.#aside = none()
    const batch = this.#batch
    this.#batch = null
    if (!batch || batch.isEmpty) {
      if (batch) this.#parts.buffers.give(batch.buffer)
      close(aside)
      return
    }
    const sending = this.#deliver(batch, aside)
      .then((counts) => {
        close(counts)
        failpoint('worker.acknowledged')
      })
      .catch(this.#onError)
      .finally(() => {
        this.#parts.buffers.give(batch.buffer)
        this.#inFlight.delete(sending)
      })
    this.#inFlight.add(sending)
  }

  /** Waits for what is under way, at most `ms`. */
  async drain(ms: number | null): Promise<void> {
    const all = Promise.all(this.#inFlight)
    if (ms === null) await all
    else {
      const late = new AbortController()
      await Promise.race([all, sleep(ms, undefined, { signal: late.signal }).catch(() => {})])
      late.abort()
    }
  }

  /** Gives back what was never sent. */
  drop(): void {
    if (this.#batch) this.#parts.buffers.give(this.#batch.buffer)
    this.#batch = null
  }

  async #deliver(batch: BulkBatch, aside: WorkItemCounts): Promise<WorkItemCounts> {
    const { spec } = this.#item
    const { sender, failed } = this.#parts
    const [signal, halt] = [this.#signal, this.#halt]
    const mayWrite = () => this.#lease.writable(halt)
    const delivery = await sender.send(spec.targetIndex, batch, { signal, halt, mayWrite })
    const { refused, skipped } =
      delivery.refused.length === 0
        ? { refused: [], skipped: 0 }
        : await settle(this.#parts, this.#conflicts, spec.targetIndex, batch, delivery, signal)
    for (const { entry, type, reason, status } of refused) {
      const told = { ...this.#place(entry), errorType: type, reason, status }
      failed.add(told, batch.sourceOf(entry))
    }
    return {
      written: batch.entries.length - refused.length - skipped,
      rejected: aside.rejected + refused.length,
      skipped: aside.skipped + skipped,
      bytes: aside.bytes + batch.sourceBytes,
    }
  }

  #refuse(document: Known, { errorType, reason }: Unsendable, source: Uint8Array | null): void {
    this.#setAside(document, 'rejected')
    const told = { ...this.#place(document), errorType, reason, status: null }
    this.#parts.failed.add(told, source)
  }

  #setAside({ sourceLength }: Known, outcome: 'rejected' | 'skipped'): void {
    this.#aside[outcome]++
    this.#aside.bytes += sourceLength
  }

  #place({ doc, id, routing, type }: Pick<Known, 'doc' | 'id' | 'routing' | 'type'>) {
    const { index, targetIndex, shard, segment, of: item = this.#item.key } = this.#item.spec
    return { index, targetIndex, item, shard, segment, doc, id, routing, type }
  }

  /** Of a transformed document the source is not as long as in the snapshot. */
  #sized({ id, routing, source }: Line) {
    return { id, routing, sourceLength: source.length }
  }
}
