import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Log } from '../../shared/http/context.ts'
import { redact } from '../../shared/redact.ts'
import type { Processes } from '../../shared/workflows/processes.ts'

const TAIL_LINES = 20
const tools = join(import.meta.dirname, '../../tools')

/**
 * What Node is told of a tool's memory, in MB. Most of what a worker makes is gone a moment later, so the place for it is
 * small; left to itself it grew to 120.
 */
export const toolFlags = ['--max-old-space-size=256', '--max-semi-space-size=8']

type Kept = {
  child: ChildProcess
  code: number | null
  signal: string | null
  running: boolean
  tail: string[]
}

type Given = {
  log: Log
  /** Where compiled code is kept, so that a process starts in less than half the time; the next one reads it. */
  dataDir: string
  /** Told the key of each one that ends by itself or because it was asked to, but not while this process ends. */
  ended: (key: string) => void
}

/** Child processes of this one. Each holds a pipe to us and checks out when the pipe closes, however we ended. */
export function childProcesses({ log, dataDir, ended }: Given): Processes & { stopAll(): Promise<void> } {
  const compiled = process.env.NODE_COMPILE_CACHE ?? resolve(dataDir, 'compiled')
  const all = new Map<string, Kept>()
  let ending = false
  const stop = (kept: Kept, graceMs: number) => {
    if (!kept.running || kept.child.killed) return
    kept.child.kill('SIGTERM')
    setTimeout(() => kept.running && kept.child.kill('SIGKILL'), graceMs).unref()
  }
  return {
    start({ key, tool, step, env }) {
      // A tick that was under way when this process was told to end starts nothing that nobody would stop.
      if (ending) return
      const child = spawn(process.execPath, [...toolFlags, join(tools, tool, 'main.ts'), step], {
        env: {
          PATH: process.env.PATH,
          NODE_ENV: process.env.NODE_ENV,
          NODE_COMPILE_CACHE: compiled,
          HOME: process.env.HOME,
          MA_FAILPOINT: process.env.MA_FAILPOINT,
          ...awsEnvironment(),
          ...env,
          MA_TIE_STDIN: '1',
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const kept: Kept = { child, code: null, signal: null, running: true, tail: [] }
      all.set(key, kept)
      child.stdin?.on('error', () => undefined)
      const keep = (text: string) => {
        const lines = text.split('\n').filter(Boolean)
        kept.tail = [...kept.tail, ...lines.map((line) => String(redact(line)).slice(0, 500))].slice(
          -TAIL_LINES,
        )
      }
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep)
      child.on('error', (error) => log.error('cannot start a process', { key, error }))
      child.on('close', (code, signal) => {
        Object.assign(kept, { running: false, code: code ?? (signal === null ? 1 : null), signal })
        log.info('process ended', { process: key, exitCode: code, signal })
        if (!ending) ended(key)
      })
      log.info('process started', { process: key, step, pid: child.pid })
    },
    list: (prefix) =>
      [...all]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { child, running, code, signal, tail }]) => ({
          key,
          running,
          code,
          signal,
          asked: child.killed,
          tail,
        })),
    stop(key, graceMs) {
      const kept = all.get(key)
      if (kept) stop(kept, graceMs)
    },
    forget(key) {
      if (!all.get(key)?.running) all.delete(key)
    },
    async stopAll() {
      ending = true
      const running = [...all.values()].filter((kept) => kept.running)
      for (const kept of running) stop(kept, 9_000)
      await Promise.all(
        running.map(
          (kept) =>
            new Promise<void>((done) => (kept.running ? kept.child.once('close', () => done()) : done())),
        ),
      )
    },
  }
}

/** An ambient role of the machine reaches S3 and signed targets through these. */
function awsEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')))
}
