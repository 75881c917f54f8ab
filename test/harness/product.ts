// The product as a user starts it: `serve/local.ts` as a process of its own, on a free port and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type Product = {
  url: string
  /** The line it printed when it was ready, with the sign-in link. */
  readyLine: string
  adminToken: string
  child: ChildProcess
  /** What it wrote last, on both streams. */
  lastLines(): string
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>
}

type Options = { dataDir: string; port?: number; env?: Record<string, string> }

const door = join(import.meta.dirname, '../../serve/local.ts')
const READY_LINE = /^Migration Assistant is ready: (http:\/\/\S+)\/ui\/#code=\S+$/

/** Starts the product; resolves at its ready line, throws with its last words where it ends before. */
export async function startProduct({ dataDir, port = 0, env = {} }: Options): Promise<Product> {
  const child = spawn(process.execPath, [door], {
    env: { ...process.env, MA_DATA_DIR: dataDir, MA_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGTERM')
  process.once('exit', kill)
  child.once('close', () => process.off('exit', kill))
  const tail: string[] = []
  const readyLine = await firstReady(child, tail)
  return {
    url: READY_LINE.exec(readyLine)?.[1] ?? '',
    readyLine,
    adminToken: (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    child,
    lastLines: () => tail.join('\n'),
    stop: () => ended(child),
  }
}

function firstReady(child: ChildProcess, tail: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      tail.push(line)
      if (tail.length > 30) tail.shift()
      if (READY_LINE.test(line)) resolve(line)
    })
  }
  child.once('error', reject)
  child.once('close', (code) => reject(new Error(`The product ended with ${code}:\n${tail.join('\n')}`)))
  return promise
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await closed
}
