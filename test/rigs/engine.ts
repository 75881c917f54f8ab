// Starts a real Elasticsearch or OpenSearch as a process of this machine: for tests and for `npm run demo`.
// Needs a JDK 17 or newer, and Maven at the first start of each engine.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLaidOut, layOut } from './layout.ts'
import { type OwnEngine, recipes } from './recipes.ts'

export type EngineOptions = {
  /** Default 0: a free one. */
  port?: number
  /** Holds the data between starts. Default: a temporary folder, removed by `stop`. */
  dataDir?: string
  settings?: Record<string, string>
  /** Folders that file repositories may be in, beside `repo` of the data folder. */
  repoPaths?: string[]
  heapMb?: number
}

export type Engine = {
  url: string
  /** The folder for file repositories. */
  repo: string
  /** Of its process. */
  pid: number
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 15_000

/** Starts an engine on 127.0.0.1. It ends with `stop`, and with this process however that ends. */
export async function startEngine(name: OwnEngine, options: EngineOptions = {}): Promise<Engine> {
  const home = await layOut(name)
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), `rig-${name}-`)))
  const repo = join(dataDir, 'repo')
  for (const folder of ['data', 'logs', 'config', 'repo'])
    await mkdir(join(dataDir, folder), { recursive: true })
  const child = spawn(
    'java',
    javaArguments(name, home, dataDir, { ...options, repoPaths: [repo, ...(options.repoPaths ?? [])] }),
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const stop = async () => {
    await ended(child)
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const url = `http://127.0.0.1:${await portOf(name, child)}`
    await answers(url)
    return { url, repo, pid: child.pid ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What this machine lacks to start an engine, or null. */
export async function missingFor(name: OwnEngine): Promise<string | null> {
  const wanted = (await isLaidOut(name)) ? ['java'] : ['java', 'javac', 'mvn']
  const missing = []
  for (const command of wanted) if (!(await runs(command))) missing.push(command)
  return missing.length === 0 ? null : `${missing.join(' and ')} (JDK 17 or newer, Maven)`
}

function javaArguments(name: OwnEngine, home: string, dataDir: string, options: EngineOptions): string[] {
  const { root, systemProperties, transportPort } = recipes[name]
  const settings = {
    'path.home': home,
    'path.data': join(dataDir, 'data'),
    'path.logs': join(dataDir, 'logs'),
    'path.repo': (options.repoPaths ?? []).join(','),
    'cluster.name': 'rig',
    'node.name': 'rig',
    'network.host': '127.0.0.1',
    'http.port': String(options.port ?? 0),
    [transportPort]: '0',
    'discovery.type': 'single-node',
    // A disk that is nearly full would make every index read-only.
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    ...options.settings,
  }
  const properties = {
    ...systemProperties,
    [`${root === 'org.opensearch' ? 'opensearch' : 'es'}.path.conf`]: join(dataDir, 'config'),
    'log4j2.level': 'ERROR',
    'log4j2.formatMsgNoLookups': 'true',
    'log4j2.disable.jmx': 'true',
    'io.netty.noUnsafe': 'true',
    'io.netty.allocator.numDirectArenas': '0',
    'jna.nosys': 'true',
  }
  return [
    // The first compiler alone halves the time to start.
    ...[
      '-Xms64m',
      `-Xmx${options.heapMb ?? 512}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-XX:+ExitOnOutOfMemoryError',
    ],
    ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
    ...['-cp', [join(home, 'starter'), join(home, 'lib', '*')].join(delimiter), 'Starter'],
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
  ]
}

/** Reads the port from the first line the starter writes; the last lines of a failed start become the error. */
function portOf(name: OwnEngine, child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const tail: string[] = []
  const late = setTimeout(
    () => reject(new Error(`Cannot start ${name}: no port within ${START_TIMEOUT_MS} ms`)),
    START_TIMEOUT_MS,
  )
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 40) tail.shift()
      const port = /^port (\d+)$/.exec(line)?.[1]
      if (port) resolve(Number(port))
    })
  }
  child.once('error', reject)
  child.once('close', (code) =>
    reject(new Error(`Cannot start ${name}: it ended with ${code}\n${tail.join('\n')}`)),
  )
  return promise.finally(() => clearTimeout(late))
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const response = await fetch(url).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await sleep(100)
  }
  throw new Error(`Cannot use ${url}: it does not answer`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.stdin?.on('error', () => {}).end()
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await closed
  clearTimeout(killer)
}

function runs(command: string): Promise<boolean> {
  return new Promise((resolve) => execFile(command, ['-version'], (error) => resolve(!error)))
}
