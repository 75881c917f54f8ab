import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { EventBell, Log } from '../../shared/http/context.ts'

/** One LISTEN connection for all streams of this process. Lost, it comes back, and everybody looks for what they missed. */
export function listenForEvents(url: string, log: Log): EventBell & { close(): Promise<void> } {
  const waiting = new Map<string, Set<() => void>>()
  let client: pg.Client | undefined
  let closed = false

  const ring = (sessionId: string) => {
    for (const wake of waiting.get(sessionId) ?? []) wake()
  }
  const connect = async () => {
    while (!closed) {
      const next = new pg.Client({
        connectionString: url,
        keepAlive: true,
        application_name: 'migration-assistant events',
      })
      const lost = new Promise<void>((resolve) => {
        next.on('error', () => resolve())
        next.on('end', () => resolve())
      })
      next.on('notification', ({ payload }) => ring(payload ?? ''))
      try {
        await next.connect()
        await next.query('listen event')
        client = next
        for (const sessionId of waiting.keys()) ring(sessionId)
        await lost
      } catch (error) {
        if (!closed) log.warn('cannot listen for events, trying again', { error })
      }
      client = undefined
      if (!closed) await sleep(500)
    }
  }
  void connect()

  return {
    next: (sessionId, timeoutMs, signal) =>
      new Promise((resolve) => {
        const sleepers = waiting.get(sessionId) ?? new Set()
        waiting.set(sessionId, sleepers)
        const wake = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          sleepers.delete(wake)
          if (sleepers.size === 0 && waiting.get(sessionId) === sleepers) waiting.delete(sessionId)
          resolve()
        }
        const timer = setTimeout(wake, timeoutMs)
        signal.addEventListener('abort', wake, { once: true })
        sleepers.add(wake)
      }),
    async close() {
      closed = true
      await client?.end().catch(() => undefined)
    },
  }
}
