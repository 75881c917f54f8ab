// Calls to the control plane with the run's token: retried where it may be away for a moment, over where the run is.
import { setTimeout as sleep } from 'node:timers/promises'
import { isRecord, member } from '../../shared/cluster/json.ts'
import { Problem } from '../../shared/problems.ts'
import { RunOver, ToolFailure } from './failure.ts'

export type ApiCall = {
  method: 'GET' | 'POST' | 'PUT'
  /** Below `/runs/{run}`, e.g. `/assignment`. */
  path: string
  body?: unknown
  bytes?: Uint8Array
  contentType?: string
  /** How long it is tried again, default not at all. */
  patienceMs?: number
  signal?: AbortSignal
}

const TIMEOUT_MS = 10_000
const UPLOAD_TIMEOUT_MS = 120_000

export class Api {
  readonly #base: string
  readonly #token: string

  /** `url`: the API with its base path and the run, e.g. `http://127.0.0.1:8080/runs/<id>`. */
  constructor(url: string, token: string) {
    this.#base = url.replace(/\/+$/, '')
    this.#token = token
  }

  /** The JSON of the answer, or null where it has none. Throws `RunOver`, `Problem` `lease_lost`, `ToolFailure`. */
  async call(call: ApiCall): Promise<unknown> {
    const deadline = Date.now() + (call.patienceMs ?? 0)
    for (let wait = 250; ; wait = Math.min(5_000, wait * 2)) {
      const outcome = await this.#once(call)
      if ('json' in outcome) return outcome.json
      call.signal?.throwIfAborted()
      if (Date.now() + wait > deadline) throw outcome.passing
      await sleep(wait / 2 + (Math.random() * wait) / 2, undefined, { signal: call.signal })
    }
  }

  /** The bytes of an answer, as they come. Throws as `call`; a stream that breaks off throws while it is read. */
  async stream(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const response = await fetch(this.#base + path, { headers, redirect: 'error', signal }).catch(
      (error: unknown) => {
        throw signal.aborted ? error : away(path, error)
      },
    )
    if (!response.ok) throw judge(response.status, parse(await response.text()), path)
    return response.body ?? empty()
  }

  async #once({ method, path, body, bytes, contentType, signal }: ApiCall) {
    const timeout = AbortSignal.timeout(bytes ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS)
    const content = bytes ? new Uint8Array(bytes) : body === undefined ? undefined : JSON.stringify(body)
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` }
    if (content !== undefined) headers['content-type'] = contentType ?? 'application/json'
    try {
      const response = await fetch(this.#base + path, {
        method,
        headers,
        body: content,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const text = await response.text()
      if (response.ok) return { json: text === '' ? null : parse(text) }
      return { passing: judge(response.status, parse(text), path) }
    } catch (error) {
      if (error instanceof RunOver || error instanceof Problem || error instanceof ToolFailure) throw error
      return { passing: away(path, error) }
    }
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What may pass is returned, everything else thrown. */
function judge(status: number, problem: unknown, path: string): ToolFailure {
  const code = String(member(problem, 'code') ?? `status_${status}`)
  const detail = isRecord(problem) ? String(problem.detail ?? problem.title ?? '') : ''
  if (status === 401 || status === 403 || status === 404 || code === 'run_not_open')
    throw new RunOver(`The control plane no longer takes this run's token (${status} ${code})`)
  if (status === 409 && code === 'lease_lost') throw new Problem('lease_lost', detail)
  const failure = new ToolFailure(`api_${code}`, `The control plane refused ${path}: ${status} ${detail}`, {
    evidence: { status, code, errors: member(problem, 'errors') },
    retryable: status >= 500 || status === 429,
  })
  if (!failure.retryable) throw failure
  return failure
}

function away(path: string, error: unknown): ToolFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  return new ToolFailure('api_away', `The control plane did not answer ${path}: ${cause}`, {
    retryable: true,
    cause: error,
  })
}
