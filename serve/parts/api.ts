// The API on Node: the app with what this runtime provides, on a socket.
import { join } from 'node:path'
import { type HttpBindings, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { getPath } from 'hono/utils/url'
import { selectRoutes } from '../../handlers/index.ts'
import { createApp, setHeaders } from '../../shared/http/app.ts'
import type { AppEnv, EventBell, Metrics } from '../../shared/http/context.ts'
import { workflowReader } from '../../shared/workflows/reader.ts'
import type { Context } from './context.ts'
import { serveStatic } from './static-files.ts'

const project = join(import.meta.dirname, '../..')

type Parts = {
  bell: EventBell
  metrics: Metrics
  runtime?: 'node' | 'deno'
  /** The peer's address from what the server hands over as `env`. */
  addressOf?: (env: unknown) => string | null
}

export type App = Pick<Hono<AppEnv>, 'fetch'>

const FILES = /^\/($|ui$|ui\/|docs\/)/

/** The API, the UI and the reader as one fetch function. */
export function createApi(
  context: Context,
  { runtime = 'node', addressOf = nodeAddress, ...parts }: Parts,
): App {
  const { config, db, queues, clusters, seal, signer, artifacts, repositories, log, version } = context
  const workflows = workflowReader(
    context.workflows ?? 'This API runs with MA_ENGINE=local and has no way to Argo',
  )
  const basePath = config.MA_BASE_PATH
  const door = {
    version,
    runtime,
    engine: config.MA_ENGINE,
    startedAt: new Date().toISOString(),
    basePath,
  }
  const provide = {
    db,
    queues,
    clusters,
    seal,
    signer,
    artifacts,
    repositories,
    workflows,
    log,
    door,
    ...parts,
  }
  const api = createApp(
    (c) => ({ ...provide, address: addressOf(c.env) }),
    selectRoutes(config.MA_HANDLERS, basePath),
    stampOutgoing,
  )

  const files = new Hono<AppEnv>()
  serveStatic(files, {
    ui: join(project, 'ui/dist'),
    docs: join(project, 'node_modules/swagger-ui-dist'),
    basePath,
  })
  files.notFound((c) => api.fetch(c.req.raw, c.env))
  // Files have an app of their own, so that no call of the API passes through two.
  const fetch: App['fetch'] = (request, env) =>
    (FILES.test(getPath(request)) ? files : api).fetch(request, env)
  return basePath ? new Hono<AppEnv>().mount(basePath, fetch) : { fetch }
}

/** What node-server hands over with each request; undefined on Deno, and where a test calls the app itself. */
function bindingsOf(env: unknown): HttpBindings | undefined {
  return typeof env === 'object' && env !== null && 'incoming' in env ? (env as HttpBindings) : undefined // node-server's own binding
}

function nodeAddress(env: unknown): string | null {
  return bindingsOf(env)?.incoming.socket?.remoteAddress ?? null
}

/** On Node's own answer: the web's `Headers` would be filled, checked and read out again for each (8 µs, measured). */
const stampOutgoing: typeof setHeaders = (c, headers) => {
  const outgoing = bindingsOf(c.env)?.outgoing
  if (!outgoing) return setHeaders(c, headers)
  for (const name in headers) outgoing.setHeader(name, headers[name] ?? '')
}

/** Listens; a port that is taken is said in words. Resolves with the real port when the socket is open. */
export async function listen(app: App, { host, port }: { host: string; port: number }) {
  return new Promise<{ port: number; close(): Promise<void> }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (info) => {
      resolve({
        port: info.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 2_000).unref()
          }),
      })
    })
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(host, port) : error),
    )
  })
}

export function portTaken(host: string, port: number): Error {
  return new Error(
    `Port ${port} on ${host} is taken by another program. Stop that one, or choose another port: MA_PORT=${port + 1} npm start`,
  )
}
