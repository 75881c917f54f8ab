// What a measurement needs around it: a database of its own, the parts of a door over it, child processes.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Context, openContext } from '../../serve/parts/context.ts'
import { startPostgres } from '../../serve/parts/embedded-postgres.ts'
import { migrate } from '../../serve/parts/migrate.ts'
import { parseConfig } from '../../shared/config.ts'
import { insertToken } from '../../shared/db/access.ts'
import { sha256 } from '../../shared/seal.ts'

export type { Context }

export type Database = { url: string; close(): Promise<void> }

/** A Postgres as `npm start` runs it, durable writes and all. */
export async function openDatabase(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ma-bench-'))
  const postgres = await startPostgres({ dataDir, say: () => undefined })
  await migrate(postgres.url)
  return {
    url: postgres.url,
    async close() {
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** What a door makes of the environment, without a log. */
export async function openBenchContext(url: string): Promise<Context> {
  const context = await openContext({
    config: parseConfig({ MA_LOG: 'error', MA_DATA_DIR: join(tmpdir(), 'ma-bench-artifacts') }),
    url,
    secretKey: randomBytes(32).toString('base64'),
    name: 'bench',
    local: true,
    ownPorts: () => [],
  })
  const nothing = () => undefined
  return { ...context, log: { debug: nothing, info: nothing, warn: nothing, error: nothing } }
}

export async function makeToken({ db }: Context): Promise<string> {
  const token = `bench-${randomBytes(24).toString('base64url')}`
  const row = { name: 'bench', role: 'admin' as const, sessions: null, createdBy: 'bench', expiresAt: null }
  await insertToken(db, { ...row, hash: await sha256(token) })
  return token
}

/** A module of this folder as a process of its own that answers messages one after another. */
export function startProcess(file: string, args: string[] = []) {
  const child = fork(join(import.meta.dirname, file), args)
  const next = <Answer>() =>
    new Promise<Answer>((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`${file} ended with ${code}`))
      child.once('exit', ended)
      child.once('message', (answer) => {
        child.off('exit', ended)
        resolve(answer as Answer) // the process is of this folder, and answers what its module says
      })
    })
  return {
    next,
    ask<Answer>(message: object): Promise<Answer> {
      const answer = next<Answer>()
      child.send(message)
      return answer
    },
    stop() {
      child.kill('SIGTERM')
    },
  }
}
