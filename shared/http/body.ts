import type { Context } from 'hono'
import type { FieldError } from '../domain/field-error.ts'
import { Problem } from '../problems.ts'
import type { AppEnv } from './context.ts'
import { inspectJson } from './json.ts'

export const BODY_LIMIT = 1_048_576

/** Reads the body once, at most `limit` bytes, as UTF-8. Later readers of the request get the same text. */
export async function readBody(c: Context<AppEnv>, limit = BODY_LIMIT): Promise<string> {
  const cached = cachedText(c)
  if (cached) return cached
  const length = Number(c.req.header('content-length') ?? 0)
  if (length > limit) throw tooLarge(limit)
  const text = decode(await collect(c.req.raw.body, limit))
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
  return text
}

/** Hono types the cache by what it resolves to; it holds the promise. */
function cachedText(c: Context<AppEnv>): Promise<string> | undefined {
  return c.req.bodyCache.text as Promise<string> | undefined
}

async function collect(stream: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw invalid({
      path: '',
      code: 'utf8',
      message: 'The body is not valid UTF-8',
      hint: 'Encode the body as UTF-8',
    })
  }
}

/** Makes sure that the body is JSON that means one thing: declared as JSON, not too deep, no key twice. */
export async function requireJson(c: Context<AppEnv>, limit = BODY_LIMIT): Promise<void> {
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/([\w.-]+\+)?json$/i.test(type.split(';', 1)[0]?.trim() ?? '')) {
    const found = type === '' ? 'no media type' : JSON.stringify(type.slice(0, 80))
    throw new Problem('unsupported_media_type', `Expected the body as application/json, found ${found}`)
  }
  const text = await readBody(c, limit)
  const error = inspectJson(text) ?? expectObject(text)
  if (error) throw invalid(error)
}

function expectObject(text: string): FieldError | undefined {
  if (/^\s*\{/.test(text)) return undefined
  return { path: '', code: 'object', message: 'Expected a JSON object', hint: null }
}

function tooLarge(limit: number) {
  return new Problem('body_too_large', `The body is larger than ${limit.toLocaleString('en')} bytes`)
}

function invalid(error: FieldError) {
  return new Problem('invalid_input', error.message, { errors: [error] })
}
