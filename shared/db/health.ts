// Whether Postgres and the queues in it can be used.
import { queues } from '../queue/queues.ts'
import type { Db } from './database.ts'
import { findEngineCheck } from './workflows.ts'

/** A poller looks every few seconds. */
const ENGINE_STALE_SECONDS = 60

type Part = { status: 'ok' | 'unavailable'; detail: string | null }

export async function checkDatabase(db: Db): Promise<Part> {
  return check(async () => {
    const { rows } = await db.query<{ version: number }>(
      `select coalesce(max(version), 0) as version from migration`,
    )
    return `schema version ${rows[0]?.version ?? 0}`
  }, 'Postgres does not answer, or the schema is not there: run the migrate door')
}

/** Every queue of the contract exists; a send to a queue that does not would fail. */
export async function checkQueues(db: Db): Promise<Part> {
  return check(async () => {
    const names = queues.map(({ name }) => name)
    const { rows } = await db.query<{ count: number }>(
      `select count(*) as count from pgboss.queue where name = any ($1)`,
      [names],
    )
    if (rows[0]?.count !== names.length) throw new Error('a queue is missing')
    return null
  }, 'A queue is missing: run the migrate door')
}

async function check(ask: () => Promise<string | null>, otherwise: string): Promise<Part> {
  try {
    return { status: 'ok', detail: await ask() }
  } catch {
    return { status: 'unavailable', detail: otherwise }
  }
}

/** What the poller saw last of an engine of its own; the local one is this product's own processes. */
export async function checkEngine(db: Db, engine: 'local' | 'argo'): Promise<Part> {
  if (engine === 'local') return { status: 'ok', detail: engine }
  const check = await findEngineCheck(db, engine)
  if (!check) return { status: 'unavailable', detail: 'argo: the jobs process has not looked at it yet' }
  const age = Math.round((Date.now() - Date.parse(check.checkedAt)) / 1_000)
  if (age > ENGINE_STALE_SECONDS)
    return { status: 'unavailable', detail: `argo: the jobs process looked at it last ${age} s ago` }
  const strays = check.orphans.length > 0 ? `, ${check.orphans.length} workflows belong to no run` : ''
  return check.ok
    ? { status: 'ok', detail: `argo: ${check.openRuns} open runs${strays}` }
    : { status: 'unavailable', detail: `argo: ${check.detail}` }
}
