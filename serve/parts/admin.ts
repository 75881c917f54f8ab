import { ensureAdminToken, insertLoginCode } from '../../shared/db/access.ts'
import type { Db } from '../../shared/db/database.ts'
import { randomToken, sha256 } from '../../shared/seal.ts'

/** Makes the token known as an admin's; a second start changes nothing. */
export async function ensureAdmin(db: Db, token: string): Promise<string> {
  return ensureAdminToken(db, await sha256(token))
}

/** A code that signs one browser in, once, within ten minutes. */
export async function oneTimeCode(db: Db, tokenId: string): Promise<string> {
  const code = randomToken()
  await insertLoginCode(db, { hash: await sha256(code), tokenId, minutes: 10 })
  return code
}
