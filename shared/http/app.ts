// What surrounds every route: request id, log, metrics, problems. A door gives it the context and the routes.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ClusterFailure } from '../cluster/client.ts'
import { holdsRefusedCharacter, isAway } from '../db/database.ts'
import { failpoint } from '../domain/failpoint.ts'
import { Problem } from '../problems.ts'
import type { AppEnv, Variables } from './context.ts'
import { authenticate } from './guard.ts'
import { ApiRouter } from './router.ts'

export type Provide = (
  c: Context<AppEnv>,
) => Omit<Variables, 'requestId' | 'traceparent' | 'principal' | 'session' | 'run' | 'reason'>

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Puts headers on the answer before it is made. */
type SetHeaders = (c: Context<AppEnv>, headers: Record<string, string>) => void

/** As the web's `Response` has it, on every runtime. */
export const setHeaders: SetHeaders = (c, headers) => {
  // Before the answer is made, so that it is made once: a change to a made one costs a copy.
  for (const name in headers) c.header(name, headers[name])
}

/** The whole API of some routes, with what a door provides to each request and how it sets the headers of each answer. */
export function createApp(
  provide: Provide,
  routes: readonly Hono<AppEnv>[],
  stamp: SetHeaders = setHeaders,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ router: new ApiRouter() })
  app.use(async (c, next) => {
    const started = performance.now()
    const asked = c.req.header('x-request-id') ?? ''
    const traceparent = c.req.header('traceparent') ?? ''
    const requestId = REQUEST_ID.test(asked) ? asked : crypto.randomUUID()
    const provided = provide(c)
    let key: keyof typeof provided
    for (key in provided) c.set(key, provided[key])
    c.set('requestId', requestId)
    c.set('traceparent', TRACEPARENT.test(traceparent) ? traceparent : null)
    c.set('reason', null)
    stamp(c, {
      'x-request-id': requestId,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    await next()
    if (c.req.method !== 'GET') failpoint('api.committed', `${c.req.method} ${c.req.path}`)
    finish(c, started)
  })
  for (const route of routes) app.route('/', route)
  app.onError((error, c) => answerProblem(c, translate(error)))
  app.notFound(async (c) => answerProblem(c, await explainMissing(app, c)))
  return app
}

function finish(c: Context<AppEnv>, started: number) {
  const { status } = c.res
  // Every request comes by here, and each look at `c.var` would make the whole object anew.
  const requestId = c.get('requestId')
  const principal = c.get('principal')
  const log = c.get('log')
  const { basePath } = c.get('door')
  const location = basePath === '' ? null : c.res.headers.get('location')
  if (location?.startsWith('/')) c.res.headers.set('location', `${basePath}${location}`)
  const seconds = (performance.now() - started) / 1_000
  const { method } = c.req
  const route = status === 404 && !principal ? 'unknown' : routePath(c, -1)
  c.get('metrics').observe({ method, route, status, seconds })
  const fields = {
    requestId,
    method,
    path: c.req.path,
    status,
    ms: Math.round(seconds * 1_000),
    actor: principal?.name,
    sessionId: c.get('session')?.id,
  }
  if (status >= 500) log.error('request failed', fields)
  else if (method !== 'GET' || status >= 400 || (seconds > 1 && c.req.path !== '/readyz'))
    log.info('request', fields)
  else log.debug('request', fields)
}

function answerProblem(c: Context<AppEnv>, problem: Problem): Response {
  const { requestId } = c.var
  if (problem.status >= 500)
    c.var.log.error(problem.message, {
      requestId,
      problem: problem.code,
      cause: describeCause(problem.cause),
    })
  const document = {
    type: `urn:migration-assistant:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
    ...problem.members,
  }
  const headers = { ...problem.headers, 'content-type': 'application/problem+json' }
  // The catalogue holds error statuses only, all of which may have a body.
  return c.body(JSON.stringify(document), problem.status as ContentfulStatusCode, headers)
}

function describeCause(cause: unknown): unknown {
  return cause instanceof Error ? { name: cause.name, message: cause.message, stack: cause.stack } : cause
}

function translate(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof ClusterFailure) {
    const { kind, evidence, remedy } = error
    return new Problem('cluster_failed', error.message, {
      cause: error,
      members: { result: kind, evidence, remedy },
    })
  }
  if (isAway(error))
    return new Problem(
      'unavailable',
      'The database does not answer; try again, and look first whether a change took effect',
      {
        cause: error,
        headers: { 'retry-after': '2' },
      },
    )
  if (holdsRefusedCharacter(error))
    return new Problem('invalid_input', 'The request holds a character that cannot be kept, such as U+0000', {
      cause: error,
    })
  return Problem.from(error)
}

/** No route took the request: who may not call is told so first, then which methods there are. */
async function explainMissing(app: Hono<AppEnv>, c: Context<AppEnv>): Promise<Problem> {
  const methods = methodsOf(app, c.req.path)
  try {
    if (!isPublic(c.req.path)) await authenticate(c)
  } catch (error) {
    return translate(error)
  }
  if (methods.length > 0)
    return new Problem(
      'method_not_allowed',
      `${c.req.path} takes ${methods.join(', ')}, not ${c.req.method}`,
      {
        headers: { allow: methods.join(', ') },
      },
    )
  return new Problem(
    'route_not_found',
    `No route is at ${c.req.path.slice(0, 200)}; GET /openapi.json lists them all`,
  )
}

const publicPaths = new Set([
  '/livez',
  '/readyz',
  '/version',
  '/metrics',
  '/openapi.json',
  '/docs',
  '/auth/login',
])
function isPublic(path: string): boolean {
  return publicPaths.has(path)
}

function methodsOf(app: Hono<AppEnv>, path: string): string[] {
  const fits = app.routes.filter(
    ({ method, path: pattern }) => method !== 'ALL' && toRegex(pattern).test(path),
  )
  return [...new Set(fits.map(({ method }) => method))].sort()
}

function toRegex(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}$`)
}
