import { pino } from 'pino'
import type { Log } from '../../shared/http/context.ts'
import { redact } from '../../shared/redact.ts'

/** JSON lines on stderr, so that stdout keeps the one ready line. Secrets are masked whoever put them there. */
export function createLog(level: string, name: string): Log {
  const logger = pino({ level, name, base: { process: name } }, pino.destination({ dest: 2, sync: false }))
  const write =
    (method: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (logger.isLevelEnabled(method)) logger[method](redact(fields), message)
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
