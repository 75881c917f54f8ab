// One shard of the target, read whole and as it was at one moment: by a point in time where the version has it, else by
// a scroll. A page that is not whole (timed out, a shard that failed) is an error, never an end.
import { type ClusterClient, ClusterFailure, type ClusterRequest } from '../../shared/cluster/client.ts'
import { expectJson, failureOf } from '../../shared/cluster/expect-json.ts'
import { member } from '../../shared/cluster/json.ts'
import { encodeIndex } from '../../shared/cluster/path.ts'
import { ToolFailure } from '../rfs/failure.ts'
import type { FastCanonicalizer } from './fast-canonical.ts'
import { type Envelope, type Hit, SearchAnswer } from './search-answer.ts'

/** Bytes of an answer that are aimed at; a page is that many documents, within what an index allows. */
const PAGE_BYTES = 2 << 20
const FIRST_PAGE = 20
const LARGEST_PAGE = 5_000
/** A scroll keeps the size that it began with. */
const SCROLL_PAGE = 200
const TIMEOUT_MS = 120_000
/** Of a page; where documents are so large, fewer are asked for at once. */
const MAX_BYTES = 64 << 20
/** Of one that cannot be made smaller. */
const MOST_BYTES = 512 << 20

export type Place = { index: string; shard: number }
/** Where a view stands: enough to go on with it from another process, where the version allows that. */
export type ViewState = { view: string; after: string | null }

type Options = {
  client: ClusterClient
  place: Place
  /** Whether the target has points in time. */
  pit: boolean
  keepAliveSeconds: number
  /** Without sources only ids and routings are read. */
  sources: boolean
  signal: AbortSignal
}

export class TargetView {
  readonly #options: Options
  #id: string
  #after: string | null
  #size = FIRST_PAGE
  /** The first page of a scroll, which comes with its opening. */
  #opened: Uint8Array | null = null
  /** Whether another process may go on with it. */
  readonly resumable: boolean
  /** Documents of a page at most. */
  limit: () => number = () => Number.POSITIVE_INFINITY

  private constructor(options: Options, id: string, after: string | null) {
    this.#options = options
    this.#id = id
    this.#after = after
    this.resumable = options.pit
  }

  static async open(options: Options, state: ViewState | null = null): Promise<TargetView> {
    if (state !== null && options.pit) return new TargetView(options, state.view, state.after)
    const view = new TargetView(options, '', null)
    if (options.pit) view.#id = await openPit(options)
    else view.#opened = await view.#send(scrollStart(options, SCROLL_PAGE), MOST_BYTES)
    return view
  }

  get state(): ViewState {
    return { view: this.#id, after: this.#after }
  }

  /** How many documents the view holds. Of a scroll this is not told: null. */
  async count(): Promise<number | null> {
    const { client, signal, pit } = this.#options
    if (!pit) return null
    const body = JSON.stringify({ size: 0, track_total_hits: true, pit: this.#pit() })
    const request = { method: 'POST' as const, path: '/_search', body, signal, ...patient }
    const answer = await expectJson(client, request).catch((error: unknown) => this.#refuse(error))
    const shards = member(answer, '_shards')
    if (member(answer, 'timed_out') !== false || Number(member(shards, 'failed') ?? 1) > 0)
      throw partial(this.#options.place, { shards, timedOut: member(answer, 'timed_out') })
    const total = member(member(answer, 'hits'), 'total')
    return Number(member(total, 'value') ?? total)
  }

  /**
   * The pages from where the view stands to its end. While a page is worked on the next one is on its way. `onHit` is
   * called for every document of a page before `yield` gives the page's envelope; what it was given is gone when the
   * next page is asked for.
   */
  async *pages(canonical: FastCanonicalizer | null, onHit: (hit: Hit) => void): AsyncGenerator<Envelope> {
    let next: Promise<Uint8Array> | null = this.#opened ? Promise.resolve(this.#opened) : this.#next()
    this.#opened = null
    while (next !== null) {
      const bytes: Uint8Array = await next
      // Asked for before this page is worked on, with nothing read of it but where it ends.
      const end = lastSortOf(bytes)
      const ahead: Promise<Uint8Array> | null = this.#options.pit && end !== null ? this.#next(end) : null
      ahead?.catch(() => {})
      const envelope = SearchAnswer.read(bytes, canonical, onHit)
      this.#check(envelope)
      if (envelope.pitId !== null) this.#id = envelope.pitId
      if (envelope.scrollId !== null) this.#id = envelope.scrollId
      this.#after = envelope.lastSort ?? this.#after
      if (envelope.hits > 0) this.#adapt(bytes.length / envelope.hits)
      yield envelope
      release(bytes)
      if (envelope.hits === 0) return
      next = this.#options.pit ? (ahead ?? this.#next()) : this.#next()
    }
  }

  /** The pages as they come, with only their ends looked at: how fast the target can be read at all. */
  async *bare(): AsyncGenerator<Uint8Array> {
    for (let bytes = await this.#next(); ; bytes = await this.#next()) {
      const end = lastSortOf(bytes)
      if (end === null) return
      if (this.#after === null) this.#adapt(bytes.length / this.#size)
      this.#after = end
      yield bytes
      release(bytes)
    }
  }

  async close(): Promise<void> {
    const { client, pit } = this.#options
    if (this.#id === '') return
    const request: ClusterRequest = pit
      ? { method: 'DELETE', path: '/_search/point_in_time', body: JSON.stringify({ pit_id: [this.#id] }) }
      : { method: 'DELETE', path: '/_search/scroll', body: JSON.stringify({ scroll_id: [this.#id] }) }
    // It ends by itself after its time; nobody waits for it.
    await client.send({ ...request, timeoutMs: 5_000, attempts: 1 }).catch(() => {})
  }

  #adapt(bytesPerHit: number): void {
    this.#size = Math.max(1, Math.min(LARGEST_PAGE, Math.floor(PAGE_BYTES / bytesPerHit)))
  }

  #pit() {
    return { id: this.#id, keep_alive: `${this.#options.keepAliveSeconds}s` }
  }

  async #next(after: string | null = this.#after): Promise<Uint8Array> {
    const { pit, keepAliveSeconds, signal } = this.#options
    if (!pit) {
      const body = JSON.stringify({ scroll: `${keepAliveSeconds}s`, scroll_id: this.#id })
      return this.#send({ method: 'POST', path: '/_search/scroll', body, signal }, MOST_BYTES)
    }
    for (let size = Math.min(this.#size, this.limit()); ; size = Math.ceil(size / 8))
      try {
        return await this.#page(size, after)
      } catch (error) {
        if (size === 1 || !isTooLarge(error)) throw error
      }
  }

  #page(size: number, after: string | null): Promise<Uint8Array> {
    const { sources, signal } = this.#options
    // The sort values go back digit by digit as they came.
    const body = JSON.stringify({
      size,
      sort: ['_doc'],
      track_total_hits: false,
      pit: this.#pit(),
      ...(sources ? {} : { _source: false }),
    })
    const from = after === null ? body : `${body.slice(0, -1)},"search_after":${after}}`
    const request = { method: 'POST' as const, path: '/_search', body: from, signal }
    return this.#send(request, size === 1 ? MOST_BYTES : MAX_BYTES)
  }

  async #send(request: ClusterRequest, maxBytes: number): Promise<Uint8Array> {
    const { client, pit } = this.#options
    // A page of a scroll that was sent and lost is gone: only a point in time may be asked twice.
    const response = await client
      .send({
        ...request,
        timeoutMs: TIMEOUT_MS,
        maxBytes,
        // Packing a page costs the target, and unpacking it the worker, more than the bytes on their way.
        acceptGzip: false,
        idempotent: pit,
        attempts: pit ? 4 : 1,
      })
      .catch((error: unknown) => this.#refuse(error))
    if (response.status !== 200) return this.#refuse(failureOf(client, request, response))
    return response.bytes
  }

  /** A view that ran out is told apart: the item is read again from its beginning, in another view. */
  #refuse(error: unknown): never {
    if (
      error instanceof ClusterFailure &&
      /search_context_missing|No search context found/.test(JSON.stringify(error.evidence))
    )
      throw new ToolFailure(
        'view_expired',
        `The view of shard ${this.#options.place.shard} of "${this.#options.place.index}" ran out`,
        {
          evidence: error.evidence,
          remedy: 'It is read again. If this goes on, raise keepAliveSeconds.',
          retryable: true,
          cause: error,
        },
      )
    throw error
  }

  #check({ timedOut, shards }: Envelope): void {
    const whole = shards.total > 0 && shards.successful === shards.total && shards.failed === 0
    if (timedOut || !whole) throw partial(this.#options.place, { timedOut, shards })
  }
}

const patient = { idempotent: true, attempts: 4, timeoutMs: TIMEOUT_MS }

function isTooLarge(error: unknown): boolean {
  return error instanceof ClusterFailure && error.evidence.maxBytes !== undefined
}

function partial({ index, shard }: Place, evidence: Record<string, unknown>): ToolFailure {
  return new ToolFailure(
    'partial_answer',
    `The target answered only in part for shard ${shard} of "${index}"`,
    {
      evidence,
      remedy: 'Look at the health of the target, then validate again.',
      retryable: true,
    },
  )
}

async function openPit({ client, place, keepAliveSeconds, signal }: Options): Promise<string> {
  const answer = await expectJson(client, {
    method: 'POST',
    path: `/${encodeIndex(place.index)}/_search/point_in_time`,
    query: {
      keep_alive: `${keepAliveSeconds}s`,
      preference: `_shards:${place.shard}`,
      allow_partial_pit_creation: false,
    },
    signal,
    attempts: 3,
    idempotent: true,
  })
  const id = member(answer, 'pit_id')
  const shards = member(answer, '_shards')
  if (typeof id !== 'string' || Number(member(shards, 'failed') ?? 1) > 0) throw partial(place, { shards })
  return id
}

function scrollStart({ place, keepAliveSeconds, sources, signal }: Options, size: number): ClusterRequest {
  return {
    method: 'POST',
    path: `/${encodeIndex(place.index)}/_search`,
    query: { scroll: `${keepAliveSeconds}s`, preference: `_shards:${place.shard}` },
    body: JSON.stringify({ size, sort: ['_doc'], ...(sources ? {} : { _source: false }) }),
    signal,
  }
}

/** Gives a page's memory back at once: left to the collector, many pages wait for it. */
function release({ buffer, byteLength }: Uint8Array): void {
  // Bytes of a larger memory are not this page's alone.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

/** Where a page ends, found from behind: `"sort":[123]}]}}` closes every page that holds a hit. */
function lastSortOf(bytes: Uint8Array): string | null {
  const tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - 200))).toString('latin1')
  return /"sort":(\[\d+\])\}\]\}\}\s*$/.exec(tail)?.[1] ?? null
}
