// A door as a real process: started, listened to, signalled and killed by its id.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const project = join(import.meta.dirname, '../..')

export type Door = {
  process: ChildProcess
  pid: number
  /** Lines of stdout so far. */
  out: string[]
  /** Everything on stderr so far. */
  errors(): string
  /** Resolves with the first line of stdout that fits; throws where the process ends before. */
  says(line: RegExp, timeoutMs?: number): Promise<string>
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Starts `serve/<door>.ts` with this environment and nothing else of `MA_…`. */
export function startDoor(door: 'local' | 'node' | 'jobs' | 'migrate', env: Record<string, string>): Door {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MA_|DATABASE_URL)/.test(name)),
  )
  const child = spawn(process.execPath, [join(project, 'serve', `${door}.ts`)], {
    cwd: project,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: string[] = []
  let [open, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (open + text).split('\n')
    open = lines.pop() ?? ''
    out.push(...lines)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  onTestFinished(async () => {
    if (!isOver()) child.kill('SIGKILL')
    await ended
  })
  return {
    process: child,
    pid: child.pid ?? 0,
    out,
    errors: () => stderr,
    ended,
    async says(line, timeoutMs = 60_000) {
      const until = Date.now() + timeoutMs
      for (;;) {
        const found = out.find((said) => line.test(said))
        if (found !== undefined) return found
        if (isOver() || Date.now() > until)
          throw new Error(`the door did not say ${line}: ${out.join('\n')}\n${stderr.slice(-4_000)}`)
        await new Promise((wait) => setTimeout(wait, 25))
      }
    },
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ma-door-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
