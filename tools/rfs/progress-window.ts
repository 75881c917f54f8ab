// Where an item stands: batches are acknowledged in any order, the cursor moves only over those without a gap.
import type { WorkItemCounts } from '../../shared/domain/work-item.ts'

/** What became of the documents of one window. */
export type WindowCounts = WorkItemCounts

type Window = { to: number; counts: WindowCounts | null }

export class ProgressWindow {
  readonly #windows: Window[] = []
  #cursor: number
  #counts: WorkItemCounts

  constructor(cursor: number, counts: WorkItemCounts) {
    this.#cursor = cursor
    this.#counts = { ...counts }
  }

  /** The first document that is not acknowledged. */
  get cursor(): number {
    return this.#cursor
  }

  /** Of all documents before the cursor, and of no other. */
  get counts(): WorkItemCounts {
    return { ...this.#counts }
  }

  get open(): number {
    return this.#windows.length
  }

  /** Opens the window that ends before document `to`. Windows are opened in order; the answer closes it. */
  begin(to: number): (counts: WindowCounts) => void {
    const last = this.#windows.at(-1)?.to ?? this.#cursor
    if (to < last) throw new RangeError(`a window to ${to} cannot follow on one to ${last}`)
    const window: Window = { to, counts: null }
    this.#windows.push(window)
    return (counts) => {
      window.counts ??= counts
      this.#advance()
    }
  }

  #advance(): void {
    for (let first = this.#windows[0]; first?.counts; first = this.#windows[0]) {
      this.#windows.shift()
      this.#cursor = first.to
      this.#counts.written += first.counts.written
      this.#counts.rejected += first.counts.rejected
      this.#counts.skipped += first.counts.skipped
      this.#counts.bytes += first.counts.bytes
    }
  }
}
