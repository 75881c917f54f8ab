import type { EventBell } from '../../shared/http/context.ts'

const POLL_MS = 500

/** A bell for runtimes where no connection outlives a request: it rings twice a second, and the stream looks. */
export function pollingBell(intervalMs = POLL_MS): EventBell {
  return {
    next: (_sessionId, timeoutMs, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const timer = setTimeout(wake, Math.min(timeoutMs, intervalMs))
        signal.addEventListener('abort', wake, { once: true })
        if (signal.aborted) wake()
      }),
  }
}
