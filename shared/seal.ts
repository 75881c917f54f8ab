// Secrets at rest: AES-256-GCM under MA_SECRET_KEY, bound to their place by additional data.

export type Sealed = { keyId: string; iv: Uint8Array; sealed: Uint8Array }

export interface Seal {
  seal(text: string, place: string): Promise<Sealed>
  /** Throws where the key is unknown or the bytes are not those that were sealed at this place. */
  open(sealed: Sealed, place: string): Promise<string>
}

/** `keys` are 32 bytes each; the first seals, all of them open, so that a key can be rotated. */
export async function createSeal(keys: readonly Uint8Array[]): Promise<Seal> {
  const ring = await Promise.all(keys.map(importKey))
  const [current] = ring
  if (!current) throw new Error('A seal needs at least one key')
  return {
    async seal(text, place) {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const sealed = await crypto.subtle.encrypt(
        parameters(iv, place),
        current.key,
        new TextEncoder().encode(text),
      )
      return { keyId: current.id, iv, sealed: new Uint8Array(sealed) }
    },
    async open({ keyId, iv, sealed }, place) {
      const found = ring.find(({ id }) => id === keyId)
      if (!found) throw new Error(`No key with id ${keyId} is configured in MA_SECRET_KEY`)
      const text = await crypto.subtle.decrypt(parameters(iv, place), found.key, new Uint8Array(sealed))
      return new TextDecoder().decode(text)
    },
  }
}

function parameters(iv: Uint8Array, place: string) {
  return { name: 'AES-GCM', iv: new Uint8Array(iv), additionalData: new TextEncoder().encode(place) }
}

async function importKey(bytes: Uint8Array) {
  if (bytes.length !== 32) throw new Error(`A secret key has 32 bytes, found ${bytes.length}`)
  const raw = new Uint8Array(bytes)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', raw))
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { id: hex(digest.subarray(0, 4)), key }
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export async function sha256(data: string | Uint8Array): Promise<Uint8Array> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** 32 random bytes as base64url: the material of tokens, codes and cookies. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
