// A control plane in production's form: Postgres, API and jobs process each on its own, and each started again when it
// ends, as Kubernetes or systemd does. Whoever tests may end any of them.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../serve/parts/embedded-postgres.ts'
import { migrate } from '../../serve/parts/migrate.ts'

export type Part = 'worker' | 'jobs' | 'api' | 'postgres'

export type Plane = {
  url: string
  adminToken: string
  /** Processes that ended although nobody asked, by part, workers apart. */
  ended: Record<'api' | 'jobs', number>
  /** Ends a part as `kill -9` does. False where it has no process at this moment. */
  kill(part: Part): boolean
  lastLines(): string
  close(): Promise<void>
}

type Options = { repositories: string; env?: Record<string, string> }

const serve = join(import.meta.dirname, '../../serve')

export async function startPlane({ repositories, env = {} }: Options): Promise<Plane> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ma-plane-'))
  const postgres = await startPostgres({ dataDir, say: () => undefined })
  await migrate(postgres.url)
  const port = await freePort()
  const adminToken = `test-${randomBytes(24).toString('base64url')}`
  const tail: string[] = []
  const doorEnv = {
    ...env,
    DATABASE_URL: postgres.url,
    MA_SECRET_KEY: randomBytes(32).toString('base64'),
    MA_ADMIN_TOKEN: adminToken,
    MA_DATA_DIR: dataDir,
    MA_PORT: String(port),
    MA_REPOSITORY_ROOTS: repositories,
  }
  const api = keep('node.ts', doorEnv, tail)
  await api.ready()
  const jobs = keep('jobs.ts', doorEnv, tail)
  await jobs.ready()
  return {
    url: `http://127.0.0.1:${port}`,
    adminToken,
    get ended() {
      return { api: api.ended(), jobs: jobs.ended() }
    },
    kill(part) {
      if (part === 'api') return kill(api.pid())
      if (part === 'jobs') return kill(jobs.pid())
      if (part === 'postgres') return kill(postmasterOf(dataDir))
      const workers = workersOf(jobs.pid())
      return kill(workers[Math.floor(Math.random() * workers.length)])
    },
    lastLines: () => tail.join('\n'),
    async close() {
      await Promise.all([api.stop(), jobs.stop()])
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Starts a door, and again whenever it ends before `stop`. */
function keep(door: string, env: Record<string, string>, tail: string[]) {
  let child: ChildProcess | undefined
  let wanted = true
  let ended = 0
  const first = Promise.withResolvers<void>()
  const start = () => {
    child = spawn(process.execPath, [join(serve, door)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        tail.push(line.slice(0, 400))
        if (tail.length > 40) tail.shift()
        if (/is ready/.test(line)) first.resolve()
      })
    }
    child.once('close', () => {
      if (!wanted) return
      ended++
      setTimeout(start, 200)
    })
  }
  const end = () => child?.kill('SIGKILL')
  process.once('exit', end)
  start()
  return {
    ready: () => Promise.race([first.promise, sleep(60_000).then(() => fail(door, tail))]),
    pid: () => (child?.exitCode === null && child.signalCode === null ? child.pid : undefined),
    ended: () => ended,
    async stop() {
      wanted = false
      process.off('exit', end)
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const closed = new Promise((resolve) => child?.once('close', resolve))
      child.kill('SIGTERM')
      await closed
    },
  }
}

function fail(door: string, tail: string[]): never {
  throw new Error(`${door} does not start:\n${tail.join('\n')}`)
}

function kill(pid: number | undefined): boolean {
  if (!pid) return false
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function postmasterOf(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined // it is on its way up
  }
}

/** Worker processes that `parent` has started. */
export function workersOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        return ppid === parent && command.includes('rfs/main.ts\0work')
      } catch {
        return false
      }
    })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a port has no number')
  return address.port
}
