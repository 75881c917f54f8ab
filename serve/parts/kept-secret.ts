import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** A random secret that is made once and kept in a file only its owner reads; `make` decides its form. */
export function keptSecret(
  file: string,
  make: () => string = () => randomBytes(24).toString('base64url'),
): string {
  if (existsSync(file)) {
    const kept = readFileSync(file, 'utf8').trim()
    if (kept) return kept
  }
  const secret = make()
  writeSecretFile(file, secret)
  return secret
}

/** Writes a secret and a newline, mode 0600, complete or not at all. */
export function writeSecretFile(file: string, secret: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const draft = `${file}.new`
  const handle = openSync(draft, 'w', 0o600)
  writeSync(handle, `${secret}\n`)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(draft, file)
}
