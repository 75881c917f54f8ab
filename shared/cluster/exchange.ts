// One HTTP exchange over a pool: sent once, answered within its limits, or failed with the phase it was in.
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import type { Dispatcher, Pool } from 'undici'
import { ClusterFailure } from './client.ts'
import { foreignText } from './foreign-text.ts'

export type Outgoing = {
  method: string
  path: string
  headers: Record<string, string>
  body?: string | Uint8Array
}

export type Limits = {
  timeoutMs: number
  maxBytes: number
  signal?: AbortSignal
  /** What the connection in the making is doing. */
  dialing: () => string
}

export type Answer = { status: number; headers: Headers; bytes: Uint8Array }

/** Thrown by `exchange` as it is: an error, and whether the request may have reached the peer before it. */
export class LostExchange extends Error {
  readonly sent: boolean
  constructor(cause: unknown, sent: boolean) {
    super('exchange lost', { cause })
    this.sent = sent
  }
}

/** Sends one request. Rejects with a ClusterFailure, a LostExchange, or the reason of an aborted signal. */
export async function exchange(pool: Pool, origin: string, out: Outgoing, limits: Limits): Promise<Answer> {
  limits.signal?.throwIfAborted()
  const incoming = new Incoming(origin, limits)
  const timer = setTimeout(() => incoming.fail(incoming.tooLate()), limits.timeoutMs)
  const abort = () => incoming.fail(limits.signal?.reason)
  limits.signal?.addEventListener('abort', abort, { once: true })
  try {
    pool.dispatch({ ...out, method: out.method, headersTimeout: 0, bodyTimeout: 0 }, incoming)
    return await decoded(await incoming.answer, origin, limits.maxBytes)
  } finally {
    clearTimeout(timer)
    limits.signal?.removeEventListener('abort', abort)
  }
}

/** Takes in one answer. After `fail` it listens to nothing any more and ends the exchange, or its place in the queue. */
class Incoming implements Dispatcher.DispatchHandler {
  readonly #done = Promise.withResolvers<Answer>()
  readonly answer = this.#done.promise
  readonly #origin: string
  readonly #limits: Limits
  /** The body so far, in `#size` bytes: of the length that was told, or grown as it comes. */
  #body = Buffer.alloc(0)
  #size = 0
  #piece: Buffer | undefined
  #sent = false
  #failed = false
  #status = 0
  #headers: Headers | undefined
  #controller: Dispatcher.DispatchController | undefined

  constructor(origin: string, limits: Limits) {
    this.#origin = origin
    this.#limits = limits
  }

  fail(reason: unknown) {
    this.#failed = true
    this.#done.reject(reason)
    this.#controller?.abort(new Error('no longer wanted'))
  }

  tooLate(): ClusterFailure {
    const { timeoutMs, dialing } = this.#limits
    const waiting = this.#headers ? 'reading the answer' : 'waiting for the answer'
    const phase = this.#sent ? waiting : dialing()
    return new ClusterFailure(
      'timeout',
      `Cannot reach ${this.#origin}: no end within ${timeoutMs} ms while ${phase}`,
      {
        retryable: true,
        evidence: { phase, timeoutMs },
        remedy: 'Check the load of the cluster and the network between it and the Migration Assistant.',
      },
    )
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.#controller = controller
    if (this.#failed) controller.abort(new Error('no longer wanted'))
    else this.#sent = true
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ) {
    if (status < 200) return
    this.#status = status
    this.#headers = toHeaders(headers)
    const length = Number(this.#headers.get('content-length'))
    if (length > this.#limits.maxBytes) this.fail(this.#tooLarge())
    // Filled as it comes: pieces kept until the end would need the memory of the answer twice.
    else if (length > 0) this.#body = Buffer.allocUnsafeSlow(length)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer) {
    if (this.#size + chunk.length > this.#limits.maxBytes) this.fail(this.#tooLarge())
    if (this.#failed) return
    if (this.#size + chunk.length > this.#body.length) this.#grow(this.#size + chunk.length)
    this.#body.set(chunk, this.#size)
    this.#size += chunk.length
    if (this.#piece && this.#piece.buffer !== chunk.buffer) release(this.#piece)
    this.#piece = chunk
  }

  #grow(needed: number) {
    const larger = Buffer.allocUnsafeSlow(
      Math.max(needed, Math.min(this.#body.length * 2, this.#limits.maxBytes)),
    )
    larger.set(this.#body.subarray(0, this.#size))
    this.#body = larger
  }

  onResponseEnd() {
    const headers = this.#headers ?? new Headers()
    this.#done.resolve({ status: this.#status, headers, bytes: this.#body.subarray(0, this.#size) })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error) {
    this.#done.reject(error instanceof ClusterFailure ? error : this.#lost(error))
  }

  #lost(error: Error): Error {
    if (!this.#headers || !isClosed(error)) return new LostExchange(error, this.#sent)
    return new ClusterFailure(
      'protocol',
      `Cannot read the answer of ${this.#origin}: it ended in the middle`,
      {
        retryable: true,
        status: this.#status,
        evidence: { status: this.#status, receivedBytes: this.#size },
        remedy: 'Look at the cluster and at any proxy before it.',
      },
    )
  }

  #tooLarge() {
    return tooLarge(this.#origin, this.#limits.maxBytes)
  }
}

/**
 * Frees the memory of a piece that was copied, once the next has come: undici parses a piece to its end before it reads
 * another. Left to the collector, to which 64 KB are one small object, pieces pile up until it marks the whole heap,
 * dozens of times in a gigabyte. What is only a small part of its memory shares it with others.
 */
function release({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && length > buffer.byteLength / 2) buffer.transfer?.(0)
}

function isClosed(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : ''
  return /^(UND_ERR_SOCKET|ECONNRESET|EPIPE|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_INVALID_EOF_STATE)$/.test(
    code,
  )
}

function tooLarge(origin: string, maxBytes: number): ClusterFailure {
  return new ClusterFailure(
    'protocol',
    `Cannot read the answer of ${origin}: it is larger than ${maxBytes} bytes`,
    {
      evidence: { maxBytes },
    },
  )
}

const unpackers = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) }

/** A small answer may unpack to a huge one, so the limit holds for what comes out too. */
async function decoded(answer: Answer, origin: string, maxBytes: number): Promise<Answer> {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || answer.bytes.length === 0) return answer
  const unpack =
    encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'deflate' ? unpackers[encoding] : null
  const shown = foreignText(encoding, 60)
  try {
    if (!unpack) throw new Error('unknown encoding')
    return { ...answer, bytes: await unpack(answer.bytes, { maxOutputLength: maxBytes }) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(origin, maxBytes)
    throw new ClusterFailure(
      'protocol',
      `Cannot read the answer of ${origin}: its encoding "${shown}" cannot be undone`,
      {
        evidence: { contentEncoding: shown, status: answer.status },
      },
    )
  }
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(raw)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) {
      // undici lets through bytes that the Headers class refuses; such a header is of no use to us.
      try {
        headers.append(name, one)
      } catch {}
    }
  }
  return headers
}
