import { sha256 } from '../seal.ts'

const KEPT_MS = 5_000
const KEPT = 1_000

const kept = new Map<string, Uint8Array>()
let until = 0

/**
 * The hash of a token, kept for at most five seconds: Web Crypto waits for a thread, which costs more than all else a
 * request needs here. Only the hash is kept; what the token may do is read from the database every time.
 */
export async function tokenHash(token: string): Promise<Uint8Array> {
  if (Date.now() > until || kept.size >= KEPT) {
    kept.clear()
    until = Date.now() + KEPT_MS
  }
  const known = kept.get(token)
  if (known) return known
  const hash = await sha256(token)
  kept.set(token, hash)
  return hash
}
