import type { Log } from '../../shared/http/context.ts'
import { redact } from '../../shared/redact.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** JSON lines on the console, for runtimes without streams of their own. Secrets are masked whoever put them there. */
export function consoleLog(lowest: (typeof levels)[number], name: string): Log {
  const write =
    (level: (typeof levels)[number]) =>
    (msg: string, fields: Record<string, unknown> = {}) => {
      if (levels.indexOf(level) < levels.indexOf(lowest)) return
      const masked = redact(fields)
      console[level](JSON.stringify({ level, time: Date.now(), process: name, ...Object(masked), msg }))
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
