// A source cluster for the reader's tests, and the truth of what was indexed into it: the bytes as they were sent.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Engine = {
  url: string
  repo: string
  /** `es` or `os`, and the version of the answer to `GET /`. */
  product: 'es' | 'os'
  major: number
  minor: number
}

export type Body = string | Uint8Array

export type Document = {
  id: string
  body: Body
  type?: string
  routing?: string
  parent?: string
  contentType?: string
}

export async function openEngine({ url, repo }: { url: string; repo: string }): Promise<Engine> {
  const { version } = await ask<{ version: { number: string; distribution?: string } }>(url, 'GET', '/')
  const [major = 0, minor = 0] = version.number.split('.').map(Number)
  return { url, repo, product: version.distribution === 'opensearch' ? 'os' : 'es', major, minor }
}

/** Sends a request and gives the JSON answer; throws for a status of 400 or more. */
export async function ask<T = unknown>(
  url: string,
  method: string,
  path: string,
  body?: Body | object,
  contentType = 'application/json',
): Promise<T> {
  const sent = typeof body === 'object' && !(body instanceof Uint8Array) ? JSON.stringify(body) : body
  const response = await fetch(url + path, {
    method,
    body: sent instanceof Uint8Array ? new Blob([new Uint8Array(sent)]) : sent,
    headers: body === undefined ? {} : { 'content-type': contentType },
  })
  const text = await response.text()
  if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
  // Tests name what they expect; an answer of another shape fails them where it is used.
  return JSON.parse(text) as T
}

export const hasTypes = ({ product, major }: Engine) => product === 'es' && major < 7

/** One index and what it should hold, by type, id and routing. */
export class TruthIndex {
  readonly name: string
  readonly engine: Engine
  readonly type: string
  readonly truth = new Map<string, Document>()

  constructor(engine: Engine, name: string, type = hasTypes(engine) ? 'doc' : '_doc') {
    this.engine = engine
    this.name = name
    this.type = type
  }

  async create(
    settings: Record<string, unknown> = {},
    properties: object = {},
    extra: object = {},
  ): Promise<void> {
    const mapping = { properties, ...extra }
    await ask(this.engine.url, 'PUT', `/${this.name}`, {
      settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1', ...settings },
      mappings: hasTypes(this.engine) ? { [this.type]: mapping } : mapping,
    })
  }

  /** Sends documents one line each; their bodies must be JSON without line breaks. */
  async bulk(documents: Document[]): Promise<void> {
    const lines: string[] = []
    for (const document of documents) {
      const { id, routing, type = this.type } = document
      const action = { _index: this.name, _id: id, ...(hasTypes(this.engine) ? { _type: type } : {}) }
      const routed =
        routing === undefined
          ? {}
          : { [this.engine.major < 7 && this.engine.product === 'es' ? '_routing' : 'routing']: routing }
      lines.push(JSON.stringify({ index: { ...action, ...routed } }), String(document.body))
      this.#keep(document)
    }
    const answer = await ask<{ errors: boolean }>(
      this.engine.url,
      'POST',
      '/_bulk',
      `${lines.join('\n')}\n`,
      'application/x-ndjson',
    )
    if (answer.errors) throw new Error(`bulk into ${this.name}: ${JSON.stringify(answer).slice(0, 500)}`)
  }

  /** Sends one document alone, byte for byte. */
  async put(document: Document): Promise<void> {
    const query = new URLSearchParams({ format: 'json' })
    if (document.routing !== undefined) query.set('routing', document.routing)
    if (document.parent !== undefined) query.set('parent', document.parent)
    const path = `/${this.name}/${document.type ?? this.type}/${encodeURIComponent(document.id)}?${query}`
    await ask(this.engine.url, 'PUT', path, document.body, document.contentType)
    this.#keep(document)
  }

  async remove(ids: string[]): Promise<void> {
    const type = hasTypes(this.engine) ? { _type: this.type } : {}
    const lines = ids.map((id) => JSON.stringify({ delete: { _index: this.name, _id: id, ...type } }))
    await ask(this.engine.url, 'POST', '/_bulk', `${lines.join('\n')}\n`, 'application/x-ndjson')
    for (const id of ids) this.truth.delete(`${this.type}/${id}`)
  }

  refresh(): Promise<unknown> {
    return ask(this.engine.url, 'POST', `/${this.name}/_refresh`)
  }

  flush(): Promise<unknown> {
    return ask(this.engine.url, 'POST', `/${this.name}/_flush`)
  }

  merge(): Promise<unknown> {
    return ask(this.engine.url, 'POST', `/${this.name}/_forcemerge?max_num_segments=1`)
  }

  /** `id|routing|sha256` of every document, sorted, with the type in front where the version has types. */
  lines(): string[] {
    return [...this.truth.values()]
      .map((document) => {
        const routing = document.routing ?? document.parent ?? ''
        const type = hasTypes(this.engine) ? (document.type ?? this.type) : ''
        return [type, document.id, routing, sha256(document.body)].join('|')
      })
      .sort()
  }

  #keep(document: Document): void {
    this.truth.set(`${document.type ?? this.type}/${document.id}`, document)
  }
}

export function sha256(body: Body): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Registers a repository in a folder of its own and takes a snapshot of `indices` into it. Returns the folder. */
export async function takeSnapshot(
  engine: Engine,
  indices: string[],
  settings: Record<string, unknown> = {},
  { globalState = true }: { globalState?: boolean } = {},
): Promise<string> {
  const name = `r-${randomUUID()}`
  const location = join(engine.repo, name)
  await mkdir(location, { recursive: true })
  await ask(engine.url, 'PUT', `/_snapshot/${name}`, { type: 'fs', settings: { location, ...settings } })
  const body = { indices: indices.join(','), include_global_state: globalState }
  const path = `/_snapshot/${name}/snap?wait_for_completion=true`
  const { snapshot } = await onceFree(() =>
    ask<{ snapshot: { state: string } }>(engine.url, 'PUT', path, body),
  )
  if (snapshot.state !== 'SUCCESS') throw new Error(`the snapshot is ${snapshot.state}`)
  await ask(engine.url, 'DELETE', `/_snapshot/${name}`)
  return location
}

/** Engines before 7.6 take one snapshot at a time, and another suite may be taking one. */
async function onceFree<T>(take: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await take()
    } catch (error) {
      if (attempt > 60 || !String(error).includes('concurrent_snapshot')) throw error
      await sleep(500)
    }
  }
}

/** Random bytes that a seed repeats, as text that compresses about as badly as real data. */
export function noise(seed: number, length: number): string {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  const parts: string[] = []
  for (let made = 0; made < length; made += 7) {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    parts.push(state.toString(36).padStart(7, '0'))
  }
  return parts.join('').slice(0, length)
}
