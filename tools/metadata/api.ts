// A cluster as this tool speaks with it: JSON bodies, numbers kept, answers judged.
import type { ClusterClient, ClusterRequest } from '../../shared/cluster/client.ts'
import { failureOf } from '../../shared/cluster/expect-json.ts'
import { isObject, type Json, type JsonObject, parseJson, toText } from './json.ts'

export type Answer = { status: number; body: Json; text: string }

type Ask = {
  method: ClusterRequest['method']
  path: string
  query?: ClusterRequest['query']
  body?: JsonObject
  signal: AbortSignal
}

const bulkMs = 120_000
const writeMs = 90_000
const maxBytes = 512 * 1024 * 1024

/** Reads and writes of one cluster. Reads end with `signal`; writes have a little longer, so that their result is known. */
export class Api {
  readonly client: ClusterClient
  readonly #reads: AbortSignal
  readonly #writes: AbortSignal

  constructor(client: ClusterClient, reads: AbortSignal, writes: AbortSignal = reads) {
    this.client = client
    this.#reads = reads
    this.#writes = writes
  }

  /** The object of a 2xx answer; throws ClusterFailure for anything else. */
  async read(path: string, query: ClusterRequest['query'] = {}): Promise<JsonObject> {
    const { answer, failure } = await this.#ask({ method: 'GET', path, query, signal: this.#reads })
    if (failure !== null || !isObject(answer.body)) throw failure ?? new TypeError('the answer is no object')
    return answer.body
  }

  /** As `read`, but a 404 is null. */
  async find(path: string, query: ClusterRequest['query'] = {}): Promise<JsonObject | null> {
    const { answer, failure } = await this.#ask({ method: 'GET', path, query, signal: this.#reads })
    if (answer.status === 404) return null
    if (failure !== null || !isObject(answer.body)) throw failure ?? new TypeError('the answer is no object')
    return answer.body
  }

  /** The answer whatever its status. Throws ClusterFailure where no valid answer came. */
  async check(path: string, body: JsonObject): Promise<Answer> {
    return (await this.#ask({ method: 'POST', path, body, signal: this.#reads })).answer
  }

  /** Sends a write; sending it twice is the same as once. */
  async put(path: string, body: JsonObject, query: ClusterRequest['query'] = {}): Promise<Answer> {
    return (await this.#ask({ method: 'PUT', path, body, query, signal: this.#writes })).answer
  }

  async #ask({ method, path, query, body, signal }: Ask) {
    const request: ClusterRequest = {
      method,
      path,
      signal,
      timeoutMs: method === 'PUT' ? writeMs : bulkMs,
      maxBytes,
      idempotent: true,
    }
    if (query !== undefined) request.query = query
    if (body !== undefined) request.body = toText(body)
    const response = await this.client.send(request)
    const text = response.text()
    const status = hiddenStatus(response.status, text)
    const failure = status < 200 || status > 299 ? failureOf(this.client, request, response, status) : null
    return { answer: { status, text, body: bodyOf(text, () => response.json()) }, failure }
  }
}

/** `orElse` throws the classified failure where the text is no JSON. */
function bodyOf(text: string, orElse: () => unknown): Json {
  try {
    return parseJson(text)
  } catch {
    orElse()
    return null
  }
}

/** Some proxies answer 200 around an error document. */
function hiddenStatus(status: number, text: string): number {
  if (status < 200 || status > 299 || text.length > 100_000 || !text.includes('"error"')) return status
  const body = bodyOf(text, () => null)
  if (!isObject(body) || body.error === undefined || typeof body.status !== 'number') return status
  return body.status >= 400 ? body.status : status
}
