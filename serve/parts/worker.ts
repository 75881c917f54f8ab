// A Worker around some routes: what workerd provides to each request, in place of a process that lives on.
import { type ExecutionContext, Hono } from 'hono'
import product from '../../package.json' with { type: 'json' }
import { type Config, parseConfig, secretKeys } from '../../shared/config.ts'
import type { Db } from '../../shared/db/database.ts'
import { createApp, type Provide } from '../../shared/http/app.ts'
import type { AppEnv } from '../../shared/http/context.ts'
import { Problem } from '../../shared/problems.ts'
import type { Queues } from '../../shared/queue/enqueue.ts'
import { createSeal, type Seal } from '../../shared/seal.ts'
import { createSigner, type Signer } from '../../shared/sign.ts'
import { workflowReader } from '../../shared/workflows/reader.ts'
import { ensureAdmin } from './admin.ts'
import { consoleLog } from './console-log.ts'
import { noArtifacts, noClusters, noMetrics, noRepositories } from './not-here.ts'
import { pollingBell } from './polling-bell.ts'
import { required } from './process.ts'
import { publicEngine } from './public-kubernetes.ts'
import { type RequestDatabase, requestDatabase } from './request-database.ts'

export type Bindings = Record<string, unknown>
export type Worker = {
  fetch(request: Request, bindings: Bindings, execution: ExecutionContext): Promise<Response>
}
type Parts = {
  routes(config: Config): readonly Hono<AppEnv>[]
  /** Left out where no route queues a job: the sender is most of a bundle. */
  createQueues?(db: Db): Queues
}
/** What one request brings with it; it travels through the app as Hono's `env`. */
type Own = { db: Db; seal: Seal; signer: Signer | null; address: string | null }
type Opened = {
  app: Hono<AppEnv>
  keys: Uint8Array[]
  signingKey: string | undefined
  connect(): RequestDatabase
}

/** Makes the `fetch` of a Worker. Only plain values outlive a request: the parsed environment and the routes. */
export function createWorker(parts: Parts): Worker {
  let opened: Opened | undefined
  return {
    async fetch(request, bindings, execution) {
      try {
        opened ??= open(bindings, parts)
      } catch (error) {
        return refuseStart(error)
      }
      const { app, keys, signingKey, connect } = opened
      const { db, close } = connect()
      const signer = signingKey === undefined ? null : await createSigner(signingKey)
      const own: Own = { db, seal: await createSeal(keys), signer, address: addressOf(request) }
      const response = await app.fetch(request, own, execution)
      return closeAfter(response, close, execution)
    },
  }
}

function open(bindings: Bindings, { routes, createQueues = withoutQueues }: Parts): Opened {
  const config = parseConfig(texts(bindings))
  const url = required(config, 'DATABASE_URL', 'MA_SECRET_KEY')
  const basePath = config.MA_BASE_PATH
  const admit = admission(config)
  const engine = publicEngine(config)
  const fixed = {
    clusters: noClusters,
    artifacts: noArtifacts,
    repositories: noRepositories,
    metrics: noMetrics,
    bell: pollingBell(),
    log: consoleLog(config.MA_LOG, 'worker'),
    door: {
      version: product.version,
      runtime: 'workerd' as const,
      engine: config.MA_ENGINE,
      startedAt: new Date().toISOString(),
      basePath,
    },
  }
  const provide: Provide = ({ env }) => {
    const own = env as Own // given by `fetch` above, the only caller of this app
    // No request may wait for what another one began, so each has a reader of its own.
    const workflows = workflowReader(engine)
    return { ...fixed, ...own, workflows, queues: lateQueues(() => createQueues(own.db)) }
  }
  const api = createApp(provide, routes(config))
  const app = basePath ? new Hono<AppEnv>().mount(basePath, api.fetch) : api
  return {
    app,
    keys: secretKeys(config.MA_SECRET_KEY ?? ''),
    signingKey: config.MA_SIGNING_KEY,
    connect: () => requestDatabase(url, admit),
  }
}

/** Makes the first admin known by the first query of an isolate, because a Worker has no start at which to do it. */
function admission({ MA_ADMIN_TOKEN: token }: Config) {
  let known = token === undefined
  return async (db: Db) => {
    if (known || token === undefined) return
    await ensureAdmin(db, token)
    known = true
  }
}

/** The sender takes tens of milliseconds to make, and most requests send nothing. */
function lateQueues(make: () => Queues): Queues {
  return { enqueue: (tx, queue, input, options) => make().enqueue(tx, queue, input, options) }
}

/** Variables and secrets are texts; other bindings are not the environment. */
function texts(bindings: Bindings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(bindings).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
}

/** Cloudflare's edge sets the header itself; from anybody else it is only a claim. */
function addressOf(request: Request): string | null {
  return 'cf' in request && request.cf ? request.headers.get('cf-connecting-ip') : null
}

/** The client is closed when the answer has been read to its end, or given up. */
function closeAfter(response: Response, close: () => Promise<void>, execution: ExecutionContext): Response {
  if (!response.body) {
    execution.waitUntil(close())
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const ended = response.body.pipeTo(writable).catch(() => undefined)
  execution.waitUntil(ended.then(close))
  return new Response(readable, response)
}

/** The log names every bad variable; the caller learns only that there is one. */
function refuseStart(error: unknown): Response {
  consoleLog('error', 'worker').error(error instanceof Error ? error.message : 'cannot start')
  const { code, status, title, detail } = new Problem('unavailable', 'This door is not configured')
  const type = `urn:migration-assistant:problem:${code}`
  const document = { type, title, status, code, detail, requestId: crypto.randomUUID() }
  return Response.json(document, { status, headers: { 'content-type': 'application/problem+json' } })
}

const withoutQueues = (): Queues => ({
  enqueue: async (_tx, { name }) => {
    throw new Error(`Cannot queue ${name}: this Worker was bundled without the queues`)
  },
})
