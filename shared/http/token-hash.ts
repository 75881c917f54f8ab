import { sha256 } from '../seal.ts'

const KEPT_MS = 5_000
const KEPT = 1_000

const kept = new Map<string, Uint8Array>()
let until = 0

/**
 * The hash of a token, kept for at most five seconds: Web Crypto waits for a thread, which costs more than all else a
 * request needs here. Only the hash is kept; what the token may do is read from the database every time.
 */
export function tokenHash(token: string): Uint8Array | Promise<Uint8Array> {
  if (Date.now() > until || kept.size >= KEPT) {
    kept.clear()
    until = Date.now() + KEPT_MS
  }
  return kept.get(token) ?? keep(token)
}

async function keep(token: string): Promise<Uint8Array> {
  const hash = await sha256(token)
  kept.set(token, hash)
  return hash
}
