// Signatures of certificates: Ed25519 under MA_SIGNING_KEY. Web Crypto alone, so that every runtime has it.
import { hex, sha256 } from './seal.ts'

export interface Signer {
  keyId: string
  /** 32 bytes, base64. */
  publicKey: string
  /** Base64. */
  sign(text: string): Promise<string>
}

/** What stands before the 32 bytes of a private key in PKCS #8. */
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]

/** `key`: 32 bytes, base64. */
export async function createSigner(key: string): Promise<Signer> {
  const seed = Uint8Array.from(atob(key.trim()), (c) => c.charCodeAt(0))
  const pkcs8 = Uint8Array.from([...PKCS8, ...seed])
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const { x = '' } = await crypto.subtle.exportKey('jwk', privateKey)
  const raw = fromBase64Url(x)
  return {
    keyId: hex((await sha256(raw)).subarray(0, 4)),
    publicKey: toBase64(raw),
    async sign(text) {
      const bytes = new TextEncoder().encode(text)
      return toBase64(new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes)))
    },
  }
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
