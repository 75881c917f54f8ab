import type { Context } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import { claimIdempotencyKey, forgetIdempotencyKey, keepIdempotentAnswer } from '../db/idempotency.ts'
import { Problem } from '../problems.ts'
import { hex, sha256 } from '../seal.ts'
import { readBody } from './body.ts'
import type { AppEnv } from './context.ts'

const KEY = /^[\x21-\x7e]{1,200}$/

/**
 * Honours `Idempotency-Key`: the same key with the same request gets the first answer again, with another request 409.
 * An answer of 500 or above is forgotten, so that the client may try again.
 */
export async function answerOnce(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return next()
  if (!KEY.test(key)) throw invalidKey()
  const { db, principal } = c.var
  const request = `${c.req.method} ${c.req.path}`
  const bodySha256 = hex(await sha256(await readBody(c)))
  const kept = await claimIdempotencyKey(db, { tokenId: principal.tokenId, key, request, bodySha256 })
  if (kept) {
    const headers = { ...kept.headers, 'idempotent-replay': 'true' }
    c.res = c.newResponse(kept.body === '' ? null : kept.body, kept.status as StatusCode, headers) // the status is one we answered
    return
  }
  try {
    await next()
  } catch (error) {
    await forgetIdempotencyKey(db, principal.tokenId, key)
    throw error
  }
  if (c.res.status >= 500) return forgetIdempotencyKey(db, principal.tokenId, key)
  const answer = c.res.clone()
  const headers = pick(answer.headers, ['content-type', 'location', 'etag'])
  await keepIdempotentAnswer(db, principal.tokenId, key, {
    status: answer.status,
    headers,
    body: await answer.text(),
  })
}

function pick(headers: Headers, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])),
  )
}

function invalidKey() {
  return new Problem('invalid_input', 'The header Idempotency-Key is not usable', {
    errors: [
      {
        path: '/headers/idempotency-key',
        code: 'format',
        message: 'Expected 1 to 200 visible ASCII characters',
        hint: null,
      },
    ],
  })
}
