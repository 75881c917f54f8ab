// What the suites on Kubernetes share: the rig, the engines, and the product beside them on the host.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { typeParsers } from '../../shared/db/database.ts'
import { type OwnUser, startUser } from '../acceptance/journey.ts'
import { missingForArgo, openRig, type Rig } from '../rigs/argo/cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there is no Kubernetes to test on; empty where there is one. */
    argoMissing: string
  }
}

/** Whether this run has a Kubernetes. REQUIRE_RIGS=1 makes its absence fail. */
export function hasArgo(): boolean {
  const missing = inject('argoMissing') || missingForArgo()
  if (missing && process.env.REQUIRE_RIGS === '1')
    throw new Error(`REQUIRE_RIGS=1, but this suite needs ${missing}`)
  if (missing) console.warn(`skipped: this suite needs ${missing}`)
  return !missing
}

export type Ship = { rig: Rig; user: OwnUser }

/** The product with the Argo engine, on the host: its pods reach it on loopback. */
export async function startShip(repo: string, env: Record<string, string> = {}): Promise<Ship> {
  const rig = await openRig()
  await rig.mount(repo)
  const user = await startUser({
    MA_ENGINE: 'argo',
    KUBECONFIG: rig.kubeconfig,
    MA_ARGO_NAMESPACE: rig.namespace,
    MA_TOOL_IMAGE: rig.image,
    MA_REPOSITORY_ROOTS: repo,
    MA_HOST: process.env.MA_TEST_API_HOST ?? '127.0.0.1',
    ...env,
  })
  return { rig, user }
}

/** The product's own Postgres. */
export function openPool(user: OwnUser): pg.Pool {
  const [, , , port] = readFileSync(join(user.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')
  const password = readFileSync(join(user.dataDir, 'postgres-password'), 'utf8').trim()
  const connectionString = `postgres://postgres:${password}@127.0.0.1:${port}/migration_assistant`
  const pool = new pg.Pool({ connectionString, max: 4, types: typeParsers(pg.types) })
  pool.on('error', () => undefined)
  return pool
}

/** Everything that it holds, as text. */
export async function dumpOf(user: OwnUser): Promise<string> {
  const pool = openPool(user)
  try {
    const tables = await pool.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
    )
    const texts: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${name} t`)
      texts.push(...rows.map(({ text }) => text))
    }
    return texts.join('\n')
  } finally {
    await pool.end()
  }
}
