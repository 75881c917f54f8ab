// Calls to the Kubernetes API: JSON in and out, and every refusal in words that name what to mend.
import { EngineFailure, type FailureKind } from './engine-failure.ts'

/** Sends one request to the API server, with the credentials of the door. `path` begins with a slash. */
export type KubeFetch = (path: string, init: RequestInit) => Promise<Response>
export type Json = Record<string, unknown>
type Call = { method?: string; body?: Json; accept?: string; contentType?: string }

const TIMEOUT_MS = 10_000
const LAST_BYTES = 32_768

export type Kube = ReturnType<typeof kube>

/** A thin client over what the door provides. Throws `EngineFailure`, nothing else. */
export function kube(send: KubeFetch) {
  const ask = async (path: string, { method = 'GET', body, accept, contentType }: Call) => {
    const headers: Record<string, string> = { accept: accept ?? 'application/json' }
    if (body) headers['content-type'] = contentType ?? 'application/json'
    const response = await send(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new EngineFailure('unreachable', 'Kubernetes does not answer', {
        evidence: { path, cause: causeOf(error) },
        cause: error,
      })
    })
    if (!response.ok) throw await refusal(response, { path, method })
    return response
  }
  const json = async (path: string, call: Call = {}): Promise<Json> =>
    (await (await ask(path, call)).json()) as Json // an object of the API; its fields are looked at one by one

  return {
    get: (path: string, accept?: string) => json(path, { accept }),
    create: (path: string, body: Json) => json(path, { method: 'POST', body }),
    delete: (path: string, body?: Json) => json(path, { method: 'DELETE', body }),
    /** A merge patch: what it says is so afterwards, however often it is sent. */
    patch: (path: string, body: Json) =>
      json(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' }),
    text: async (path: string) => (await (await ask(path, { accept: '*/*' })).text()).slice(-LAST_BYTES),
    /** Every page of a list, `limit` objects each. */
    async *pages(path: string, limit: number, accept?: string): AsyncGenerator<Json[]> {
      let next = ''
      do {
        const page = await json(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${next}`, { accept })
        yield list(page, 'items')
        const token = text(record(page, 'metadata'), 'continue')
        next = token ? `&continue=${encodeURIComponent(token)}` : ''
      } while (next)
    },
  }
}

/** Answers what `act` does, or undefined where the thing is not there. */
export async function unlessGone<T>(act: Promise<T>): Promise<T | undefined> {
  try {
    return await act
  } catch (error) {
    if (error instanceof EngineFailure && error.kind === 'not_found') return undefined
    throw error
  }
}

async function refusal(response: Response, asked: { path: string; method: string }): Promise<EngineFailure> {
  const answer = (await response.text().catch(() => '')).slice(0, 8_192)
  const status = parsed(answer)
  const message = text(status, 'message') || answer.trim().slice(0, 500)
  const evidence = { ...asked, status: response.status, answer: message }
  return new EngineFailure(kindOf(response.status, text(status, 'reason'), message), message, { evidence })
}

/** A path that the API server does not know at all is a definition that is not installed. */
function kindOf(status: number, reason: string, message: string): FailureKind {
  if (status === 409 && reason === 'AlreadyExists') return 'exists'
  if (status === 409) return 'conflict'
  if (status === 403 && /exceeded quota/.test(message)) return 'quota'
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 && reason === 'NotFound' && !/could not find the requested resource/.test(message))
    return 'not_found'
  if (status === 404) return 'not_installed'
  if (status >= 500 || status === 429 || status === 408) return 'unreachable'
  return 'refused'
}

function parsed(answer: string): Json {
  try {
    return asRecord(JSON.parse(answer))
  } catch {
    return {}
  }
}

const causeOf = (error: unknown) =>
  error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : 'no answer'

const asRecord = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {} // checked just before

/** Members of what Kubernetes answered: absent ones are empty. */
export const record = (of: Json, key: string): Json => asRecord(of[key])
export const list = (of: Json, key: string): Json[] =>
  Array.isArray(of[key]) ? of[key].map((each: unknown) => asRecord(each)) : []
export const text = (of: Json, key: string): string => (typeof of[key] === 'string' ? of[key] : '')
export const number = (of: Json, key: string): number => (typeof of[key] === 'number' ? of[key] : 0)
export const texts = (of: Json, key: string): string[] =>
  Array.isArray(of[key]) ? of[key].filter((each: unknown) => typeof each === 'string') : []
