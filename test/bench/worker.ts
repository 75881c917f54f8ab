// The worker as it runs beside nothing: a process of its own with a config file, watched for its memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toolFlags } from '../../serve/parts/processes.ts'

export type WorkerRun = {
  /** From the start of the process to its end, in milliseconds. */
  tookMs: number
  /** The most memory it ever had, in bytes; null where the system does not tell. */
  peakBytes: number | null
  rejected: number
}

type Told = { type: string; indexes?: { accounting: { written: number; rejected: number } }[] }

const tool = join(import.meta.dirname, '../../tools/rfs/main.ts')
const LOOK_MS = 50

/** Runs a load to its end. Throws with its last words where fewer documents were written or told of than `expected`. */
export async function runWorker(config: object, expected: number): Promise<WorkerRun> {
  const folder = await mkdtemp(join(tmpdir(), 'ma-bench-'))
  const file = join(folder, 'config.json')
  await writeFile(file, JSON.stringify(config))
  const started = performance.now()
  const child = spawn(process.execPath, [...toolFlags, tool, '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const told: Told[] = []
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)))
  let peakBytes: number | null = null
  const looking = setInterval(() => {
    peakBytes = peakOf(child.pid) ?? peakBytes
  }, LOOK_MS)
  await once(child, 'close')
  clearInterval(looking)
  process.off('exit', kill)
  const tookMs = performance.now() - started
  await rm(folder, { recursive: true, force: true })
  const accounts =
    told.find(({ type }) => type === 'result')?.indexes?.map(({ accounting }) => accounting) ?? []
  const sum = (what: 'written' | 'rejected') => accounts.reduce((total, account) => total + account[what], 0)
  if (sum('written') + sum('rejected') !== expected)
    throw new Error(`the worker did not move ${expected} documents: ${JSON.stringify(told.slice(-3))}`)
  return { tookMs, peakBytes, rejected: sum('rejected') }
}

/** The kernel's own high-water mark of resident memory. */
function peakOf(pid: number | undefined): number | null {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return null
  try {
    const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))
    return found ? Number(found[1]) * 1_024 : null
  } catch {
    return null // it ended in between
  }
}
