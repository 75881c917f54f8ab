// When a request may be sent again, and after how long.

const BASE_MS = 200
const MAX_BACKOFF_MS = 5_000
const MAX_RETRY_AFTER_MS = 30_000

const passing = new Set([429, 502, 503, 504])

/** Does this status speak of a passing state? */
export function isPassing(status: number): boolean {
  return passing.has(status)
}

/**
 * How long to wait before the next attempt: what `Retry-After` asks for, up to 30 s, or exponential back-off. Half of it
 * is chance, so that many workers do not come back at once.
 */
export function retryDelayMs(attempt: number, retryAfter: string | null, chance = Math.random): number {
  const asked = retryAfterMs(retryAfter)
  if (asked !== null) return Math.min(asked, MAX_RETRY_AFTER_MS)
  const backoff = Math.min(BASE_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS)
  return Math.round(backoff / 2 + (chance() * backoff) / 2)
}

function retryAfterMs(text: string | null): number | null {
  if (text === null) return null
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now())
}
