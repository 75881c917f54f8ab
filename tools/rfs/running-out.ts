// Keys of an ambient role that a tool was given run out while it works.

/** Keys are left this long before they run out, so that what is under way ends with them. */
const KEYS_LEFT_MS = 120_000
/** Timers are no longer. */
const LONGEST_MS = 2 ** 31 - 1

/** Aborts before the keys of the assignment run out: the worker checks out, and the next one is given new keys. */
export function runningOut({ expiresAt }: { expiresAt: string | null }): AbortSignal {
  if (expiresAt === null) return new AbortController().signal
  const left = Date.parse(expiresAt) - Date.now() - KEYS_LEFT_MS
  // Keys that came with little left are used for half of it.
  return AbortSignal.timeout(
    Math.min(LONGEST_MS, Math.round(Math.max(left, (left + KEYS_LEFT_MS) / 2, 1_000))),
  )
}
