// The API, and beside it bare Hono routes that run the same statement over the same pool: a process of its own.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createApi, listen } from '../../serve/parts/api.ts'
import { createMetrics } from '../../serve/parts/metrics.ts'
import { findAccess } from '../../shared/db/access.ts'
import type { Db } from '../../shared/db/database.ts'
import { insertSession } from '../../shared/db/sessions.ts'
import { sha256 } from '../../shared/seal.ts'
import { makeToken, openBenchContext } from './lab.ts'

export type Served = {
  api: string
  /** Runs the statement as the API does: named, so that it is planned once per connection. */
  bare: string
  /** Runs it as the driver does where nothing is said. */
  unnamed: string
  token: string
  session: string
}

const context = await openBenchContext(process.argv[2] ?? '')
const token = await makeToken(context)
const session = 'bench-session'
await insertSession(context.db, { name: session, description: 'a session to read' })

const bell = { next: () => Promise.resolve() }
const { port } = await listen(createApi(context, { bell, metrics: createMetrics(true) }), {
  host: '127.0.0.1',
  port: 0,
})
const hash = await sha256(token)
const { text, name } = await statementOf((db) =>
  findAccess(db, { hash, via: 'token', session, run: undefined }),
)

/** A route with nothing around it, on a socket of its own. */
function bareRoute(statementName: string | undefined): Promise<string> {
  const app = new Hono()
  app.get('/sessions/:session', async (c) => {
    const values = [hash, c.req.param('session')]
    const { rows } = await context.db.query<{ session: object }>(text, values, statementName)
    return c.json(rows[0]?.session ?? {})
  })
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info) =>
      resolve(`http://127.0.0.1:${info.port}`),
    )
  })
}

const served: Served = {
  api: `http://127.0.0.1:${port}`,
  bare: await bareRoute(name),
  unnamed: await bareRoute(undefined),
  token,
  session,
}
process.send?.(served)
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.on('SIGTERM', () => process.exit(0))

/** The one statement that `work` runs, so that the bare route runs the very same. */
async function statementOf(work: (db: Db) => Promise<unknown>) {
  const statements: { text: string; name?: string }[] = []
  await work({
    ...context.db,
    query: (text, values, name) => {
      statements.push({ text, name })
      return context.db.query(text, values, name)
    },
  })
  const [statement] = statements
  if (!statement || statements.length > 1)
    throw new Error(`expected one statement, found ${statements.length}`)
  return statement
}
