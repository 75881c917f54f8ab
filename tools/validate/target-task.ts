// An item of the target side: one shard as it is at one moment, added to a digest.
import * as v from 'valibot'
import type { Held, LeasedItem } from '../../shared/domain/work-item.ts'
import { ToolFailure } from '../rfs/failure.ts'
import type { ItemTask, TaskSignals } from '../rfs/item-run.ts'
import { Digest, DocumentHasher, SOURCE_PLACE } from './digest.ts'
import { bucketOf } from './document-id.ts'
import type { Hit } from './search-answer.ts'
import { TargetView } from './target-view.ts'
import type { ComparisonWorker } from './worker.ts'

/** Times that a view may run out before the item is given up. */
const RESTARTS = 3

const State = v.object({
  digest: v.string(),
  view: v.string(),
  after: v.nullable(v.string()),
  restarts: v.number(),
})
type Standing = { digest: Digest; view: { view: string; after: string | null } | null; restarts: number }

const nothing = { written: 0, rejected: 0, skipped: 0, bytes: 0 }

export class TargetTask implements ItemTask {
  readonly #worker: ComparisonWorker
  readonly #item: LeasedItem
  readonly #signals: TaskSignals
  readonly #hasher = new DocumentHasher()
  #standing: Standing
  #counts: Held['counts']

  constructor(worker: ComparisonWorker, item: LeasedItem, signals: TaskSignals) {
    this.#worker = worker
    this.#item = item
    this.#signals = signals
    const kept = item.cursor?.state === undefined ? null : v.parse(State, JSON.parse(item.cursor.state))
    const isViewed = kept !== null && kept.view !== ''
    this.#standing = {
      digest: isViewed ? Digest.decode(kept.digest) : new Digest(),
      view: isViewed ? { view: kept.view, after: kept.after } : null,
      restarts: kept?.restarts ?? 0,
    }
    this.#counts = isViewed ? { ...item.counts } : { ...nothing }
  }

  async work(): Promise<number> {
    const { client, pit, plan } = this.#worker
    const { targetIndex: index, shard } = this.#item.spec
    const { reading } = this.#signals
    const options = { client, place: { index, shard }, pit, keepAliveSeconds: plan.keepAliveSeconds }
    try {
      const from = this.#standing.view
      const view = await TargetView.open({ ...options, sources: true, signal: reading }, from)
      try {
        const expected = await view.count()
        await this.#read(view)
        if (!reading.aborted) this.#expect(expected)
      } finally {
        // One that another worker goes on with stays open; it ends by itself where nobody comes.
        if (!reading.aborted || !view.resumable) await view.close()
      }
    } catch (error) {
      if (error instanceof ToolFailure && error.code === 'view_expired') this.#restart(error)
      throw error
    }
    return this.#item.expected ?? this.#counts.written
  }

  async #read(view: TargetView): Promise<void> {
    const { documents, bytes, pageLimit } = this.#worker
    const { reading } = this.#signals
    let page = new Digest()
    let pageBytes = 0
    const onHit = (hit: Hit) => {
      page.add(bucketOf(hit.id), this.#hash(hit))
      pageBytes += hit.sourceBytes
    }
    view.limit = pageLimit
    for await (const { hits } of view.pages(this.#hasher.canonical, onHit)) {
      // A page counts once it is known to be whole.
      this.#standing.digest.merge(page)
      if (view.resumable) this.#standing.view = view.state
      this.#counts.written += hits
      this.#counts.bytes += pageBytes
      if (reading.aborted) return
      await documents.target.take(hits, reading)
      await bytes.target.take(pageBytes, reading)
      page = new Digest()
      pageBytes = 0
    }
  }

  #hash({ id, routing, hasSource }: Hit): string {
    if (!hasSource) this.#hasher.canonical.copy(new Uint8Array(0), SOURCE_PLACE)
    return this.#hasher.finish(id, routing)
  }

  #expect(expected: number | null): void {
    const { written } = this.#counts
    if (expected === null || expected === written) return
    throw new ToolFailure(
      'target_read_in_part',
      `${written} documents were read of a view that holds ${expected}`,
      { evidence: { expected, read: written }, retryable: true },
    )
  }

  /** The next holder begins anew, in another view. */
  #restart(error: ToolFailure): void {
    const restarts = this.#standing.restarts + 1
    this.#standing = { digest: new Digest(), view: null, restarts }
    this.#counts = { ...nothing }
    if (restarts <= RESTARTS) return
    throw new ToolFailure('view_expired', `${error.message} ${restarts} times`, {
      evidence: error.evidence,
      remedy: 'Raise keepAliveSeconds, or look at what else ends searches on the target.',
    })
  }

  position(): Pick<Held, 'cursor' | 'counts'> {
    const { digest, view, restarts } = this.#standing
    if (view === null && restarts === 0) return { cursor: this.#item.cursor, counts: { ...this.#counts } }
    const state = { digest: digest.encode(), view: view?.view ?? '', after: view?.after ?? null, restarts }
    return {
      cursor: { doc: this.#counts.written, state: JSON.stringify(state) },
      counts: { ...this.#counts },
    }
  }

  result(): string {
    return this.#standing.digest.encode()
  }

  async drain(): Promise<void> {}
  drop(): void {}
  async flush(): Promise<void> {}
}
