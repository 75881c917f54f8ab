// What PUT config and import share: judge the draft, bind its secrets, add the version.
import type { Context } from 'hono'
import { bindClusterSecret } from '../connections.ts'
import { insertConfig } from '../db/configs.ts'
import { appendEvent } from '../db/events.ts'
import type { ConfigVersion } from '../domain/config.ts'
import { judgeConfig } from '../domain/config-rules.ts'
import { Problem } from '../problems.ts'
import type { AppEnv } from './context.ts'
import { refuseSecretsIn } from './secrets-in-config.ts'

/** The version that `If-Match` expects: a number, or null for `*`. Missing is 428. */
export function expectedVersion(c: Context<AppEnv>): number | null {
  const header = c.req.header('if-match')?.trim()
  if (header === undefined)
    throw new Problem(
      'version_required',
      'Send If-Match with the ETag of the config you read, or * to replace whatever is there',
    )
  if (header === '*') return null
  const [, version] = /^(?:W\/)?"(\d{1,9})"$/.exec(header) ?? []
  if (version === undefined)
    throw new Problem(
      'stale_version',
      `If-Match is not an ETag of a config: ${JSON.stringify(header.slice(0, 40))}; expected one such as "3"`,
    )
  return Number(version)
}

/** Saves a document as the next version. An invalid draft is kept and labelled; a secret bound elsewhere is refused. */
export async function saveConfig(
  c: Context<AppEnv>,
  draft: Record<string, unknown>,
  expected: number | null,
): Promise<ConfigVersion> {
  const { db, session, principal, requestId } = c.var
  refuseSecretsIn(draft)
  const { valid, errors, document } = judgeConfig(draft)
  return db.transaction(async (tx) => {
    const config = await insertConfig(tx, {
      sessionId: session.id,
      expected,
      document: draft,
      valid,
      errors,
      author: principal.name,
    })
    for (const cluster of [document?.source, document?.target]) {
      if (cluster) await bindClusterSecret(tx, session.id, cluster)
    }
    const data = { version: config.version, valid }
    await appendEvent(tx, {
      sessionId: session.id,
      runId: null,
      type: 'config.saved',
      data,
      actor: principal.name,
      requestId,
    })
    return config
  })
}
