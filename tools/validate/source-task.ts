// An item of the source side: documents of one segment of the snapshot, added to a digest.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Held, LeasedItem } from '../../shared/domain/work-item.ts'
import type { StoredDocument } from '../lucene/document.ts'
import type { ItemTask, TaskSignals } from '../rfs/item-run.ts'
import type { OpenShard } from '../rfs/shards.ts'
import { TRANSFORM_BATCH } from '../rfs/transform-documents.ts'
import { NotJson } from './canonical.ts'
import { Digest, DocumentHasher, SOURCE_PLACE } from './digest.ts'
import { bucketOf, DocumentId } from './document-id.ts'
import type { ComparisonWorker } from './worker.ts'

const LARGEST_DOCUMENT = 64 << 20
/** So long pages of the target wait for a part of the source: the next page is asked for when one has come. */
const TURN_MS = 2

type Pending = { id: string; type?: string; routing?: string; source: Uint8Array; bytes: number }

export class SourceTask implements ItemTask {
  readonly #worker: ComparisonWorker
  readonly #item: LeasedItem
  readonly #signals: TaskSignals
  readonly #hasher = new DocumentHasher()
  readonly #id = new DocumentId()
  #digest: Digest
  #counts: Held['counts']
  #doc: number
  #pending: Pending[] = []
  /** Where the reader stands, documents that wait for the transform included. */
  #read: number

  constructor(worker: ComparisonWorker, item: LeasedItem, signals: TaskSignals) {
    this.#worker = worker
    this.#item = item
    this.#signals = signals
    const state = item.cursor?.state
    // A cursor without a digest would count documents that no digest holds.
    this.#digest = state === undefined ? new Digest() : Digest.decode(state)
    this.#counts =
      state === undefined ? { written: 0, rejected: 0, skipped: 0, bytes: 0 } : { ...item.counts }
    this.#doc = state === undefined ? item.spec.from : (item.cursor?.doc ?? item.spec.from)
    this.#read = this.#doc
  }

  async work(): Promise<number> {
    const { spec } = this.#item
    const { shards, documents, bytes } = this.#worker
    const { reading } = this.#signals
    const shard = await shards.shard(spec.index, spec.shard)
    const checked = this.#verify(shard)
    checked.catch(() => {}) // awaited below; until then it must not count as unhandled
    const options = { segment: spec.segment, from: this.#doc, to: spec.to, verify: false, signal: reading }
    let turn = performance.now()
    for await (const batch of shard.reader.documents({ ...options, maxDocumentBytes: LARGEST_DOCUMENT })) {
      const before = this.#counts.bytes
      for (const document of batch.documents) this.#add(document)
      this.#read = batch.to
      if (this.#pending.length >= TRANSFORM_BATCH) await this.#transform()
      else if (this.#pending.length === 0) this.#doc = batch.to
      if (reading.aborted) break
      if (performance.now() - turn > TURN_MS) {
        await nextTurn()
        turn = performance.now()
      }
      await documents.source.take(batch.documents.length, reading)
      await bytes.source.take(this.#counts.bytes - before, reading)
    }
    await this.#transform()
    if (!reading.aborted) {
      this.#doc = spec.to
      await checked
    }
    return this.#counts.written + this.#counts.skipped
  }

  /**
   * As a backfill does: a segment read whole checks itself, one in ranges is checked by whoever has the first. Digests
   * do not make it needless: a target that was filled from broken bytes holds the same ones.
   */
  async #verify({ reader }: OpenShard): Promise<void> {
    const { segment, from, to } = this.#item.spec
    const { maxDoc = 0 } = reader.segments.find(({ name }) => name === segment) ?? {}
    const isWhole = from === 0 && to >= maxDoc && this.#doc === 0
    if (from === 0 && !isWhole) await reader.verify(segment, this.#signals.reading)
  }

  #add({ id, type, routing, source, sourceLength }: StoredDocument): void {
    if (this.#worker.transform === null || source === null) this.#digestOne(id, routing, source, sourceLength)
    else this.#pending.push({ id, type, routing, source: Buffer.from(source), bytes: sourceLength })
  }

  /** What the backfill's own transforms make of the documents is what the target should hold. */
  async #transform(): Promise<void> {
    const { transform } = this.#worker
    if (transform === null || this.#pending.length === 0) return
    const pending = this.#pending.map((each) => ({ index: this.#item.spec.index, ...each }))
    const results = await transform.apply(pending)
    // From here to the end nothing is awaited: a checkpoint sees all of these documents or none.
    for (const [at, result] of results.entries()) {
      const { id = '', routing, source = null, bytes = 0 } = pending[at] ?? {}
      if (result.kind === 'kept') this.#digestOne(result.id, result.routing, result.source, bytes)
      else if (result.kind === 'failed') this.#digestOne(id, routing, source, bytes)
      else {
        this.#counts.skipped++
        this.#counts.bytes += bytes
      }
    }
    this.#pending = []
    this.#doc = this.#read
  }

  #digestOne(id: string, routing: string | undefined, source: Uint8Array | null, bytes: number): void {
    this.#id.write(id)
    this.#digest.add(bucketOf(this.#id), hashOf(this.#hasher, this.#id, routing, source))
    this.#counts.written++
    this.#counts.bytes += bytes
  }

  position(): Pick<Held, 'cursor' | 'counts'> {
    return { cursor: { doc: this.#doc, state: this.#digest.encode() }, counts: { ...this.#counts } }
  }

  result(): string {
    return this.#digest.encode()
  }

  async drain(): Promise<void> {}
  drop(): void {}
  async flush(): Promise<void> {}
}

/** A source that is no JSON cannot be on the target; its bytes stand for it, so that its absence shows. */
export function hashOf(
  hasher: DocumentHasher,
  id: DocumentId,
  routing: string | undefined,
  source: Uint8Array | null,
): string {
  try {
    return hasher.hash(id, routing, source ?? new Uint8Array(0))
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    const { canonical } = hasher
    const bytes = source ?? new Uint8Array(0)
    canonical.copy(bytes, SOURCE_PLACE)
    return hasher.finish(id, routing)
  }
}
