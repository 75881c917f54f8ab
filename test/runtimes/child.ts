// Programs as real processes, each in a group of its own, so that what it started ends with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export const project = join(import.meta.dirname, '../..')

export type Child = {
  /** Everything it has written, both streams. */
  output(): string
  /** Resolves with the first match in the output; rejects when the process ends before, or in time. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** The exit code; null where a signal ended it. */
  ended: Promise<number | null>
  /** Ends the whole group: politely, then not. */
  stop(): Promise<void>
}

const POLITE_MS = 5_000
const running = new Set<ChildProcess>()
const endAll = () => {
  for (const child of running) killGroup(child, 'SIGKILL')
}
// The worker of a test run that is broken off ends in one of these ways, without the hooks of its tests.
process.once('exit', endAll)
process.once('disconnect', endAll)
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    endAll()
    process.kill(process.pid, signal)
  })

/** Starts a program in the project folder with exactly this environment and the PATH. */
export function startChild(program: string, args: string[], env: Record<string, string> = {}): Child {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, args, {
    cwd: project,
    env: { PATH, HOME, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const listener of listeners) listener()
    })
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += String(error)
      resolve(null)
    })
    child.once('close', resolve)
  })
  void ended.then(() => running.delete(child))

  const says = (pattern: RegExp, timeoutMs = 30_000) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`${program} ${args[0]} ${why}:\n${output.slice(-4_000)}`))
      const timer = setTimeout(() => fail(`did not say ${pattern} in ${timeoutMs} ms`), timeoutMs)
      const look = () => {
        const found = pattern.exec(output)
        if (!found) return
        clearTimeout(timer)
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      void ended.then((code) => {
        clearTimeout(timer)
        fail(`ended with ${code}`)
      })
      look()
    })

  return {
    output: () => output,
    says,
    signal: (name) => child.kill(name),
    ended,
    async stop() {
      killGroup(child, 'SIGTERM')
      const late = setTimeout(() => killGroup(child, 'SIGKILL'), POLITE_MS)
      await ended
      clearTimeout(late)
      killGroup(child, 'SIGKILL')
    },
  }
}

/** A group that is gone already is as wished. */
function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals) {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {}
}
