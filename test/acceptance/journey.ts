// The calls a new user makes, with fetch and nothing else.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Product, startProduct } from '../harness/product.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, read by tests alone; a wrong one fails the test.
export type Loose = any
export type Answer = { status: number; headers: Headers; body: Loose }

export type User = {
  product: Product
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export type OwnUser = User & {
  dataDir: string
  /** Starts the product on the same data again, after it has ended; on another port unless one is given. */
  startAgain(port?: number): Promise<void>
  close(): Promise<void>
}

/** The product on a data folder of its own, and its first user. `close` ends it and removes the folder. */
export async function startUser(env: Record<string, string> = {}): Promise<OwnUser> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ma-acceptance-'))
  let product = await startProduct({ dataDir, env })
  return {
    dataDir,
    get product() {
      return product
    },
    call: (method, path, body, headers) => call(product, method, path, body, headers),
    async startAgain(port) {
      product = await startProduct({ dataDir, port, env })
    },
    async close() {
      await product.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function call(
  { url, adminToken }: Product,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** Makes a session with its config, as the brief's first calls do. Throws where one is refused. */
export async function givenSession(user: Pick<User, 'call'>, name: string, config: unknown): Promise<void> {
  await expectStatus(201, user.call('POST', '/sessions', { name }))
  await saveConfig(user, name, config)
}

export async function saveConfig(user: Pick<User, 'call'>, name: string, config: unknown): Promise<void> {
  const saved = user.call('PUT', `/sessions/${name}/config`, config, { 'if-match': '*' })
  await expectStatus(200, saved)
}

export async function expectStatus(status: number, answer: Promise<Answer>): Promise<Loose> {
  const got = await answer
  if (got.status !== status)
    throw new Error(`expected ${status}, found ${got.status}: ${JSON.stringify(got.body)}`)
  return got.body
}

const OPEN = new Set(['Pending', 'Running', 'Paused', 'Stopping'])

/** Starts metadata and polls `latest_status` until the run has ended. */
export async function moveMetadata(user: User, name: string, params: unknown): Promise<Loose> {
  const run = await expectStatus(202, user.call('POST', `/sessions/${name}/metadata/start`, params))
  return statusAtEnd(user, name, run.id)
}

export async function statusAtEnd(user: User, name: string, runId: string): Promise<Loose> {
  for (let polls = 0; polls < 600; polls++) {
    const status = await expectStatus(200, user.call('GET', `/sessions/${name}/metadata/latest_status`))
    if (status.run?.id !== runId)
      throw new Error(`latest_status speaks of ${status.run?.id}, not of ${runId}`)
    if (!OPEN.has(status.status)) return status
    await sleep(200)
  }
  throw new Error(`the run ${runId} does not end`)
}

/** Every item of a run, page after page. */
export async function listItems(user: User, runId: string, filter = ''): Promise<Loose[]> {
  const items: Loose[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = `limit=100${filter}${cursor ? `&cursor=${cursor}` : ''}`
    const page: Loose = await expectStatus(200, user.call('GET', `/runs/${runId}/items?${query}`))
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

export const cluster = (endpoint: string) => ({ endpoint, auth: { type: 'none' } })
