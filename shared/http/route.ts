// What a handler imports: the route, its operation, and its validated inputs.
import type { MiddlewareHandler } from 'hono'
import { uniqueSymbol, validator } from 'hono-openapi'
import * as v from 'valibot'
import { fieldErrors } from '../domain/field-error.ts'
import { Problem } from '../problems.ts'
import { readBody, requireJson } from './body.ts'
import { type AppEnv, route } from './context.ts'
import { operation } from './operation.ts'

export { operation, route }

type Schema = v.GenericSchema

const noun = { param: 'The path', query: 'The query', json: 'The body' }

function refuse(target: keyof typeof noun) {
  return (result: { success: boolean; error?: readonly unknown[] }) => {
    if (result.success) return
    const errors = fieldErrors(result.error ?? [])
    const first = errors[0]
    throw new Problem(
      'invalid_input',
      `${noun[target]} does not fit: ${first ? `${first.path} ${first.message}`.trim() : 'invalid'}`,
      { errors },
    )
  }
}

/** The path parameters, validated. */
export function params<const S extends Schema>(schema: S) {
  return validator<S, 'param', AppEnv, string>('param', schema, refuse('param'))
}

/** The query parameters, validated. */
export function query<const S extends Schema>(schema: S) {
  return validator<S, 'query', AppEnv, string>('query', schema, refuse('query'))
}

/** The JSON body, limited, unambiguous and validated. An `optional` one may be left out and means `{}`. */
export function body<const S extends Schema>(
  schema: S,
  options: { limit?: number; optional?: boolean } = {},
) {
  const validate = validator<S, 'json', AppEnv, string>('json', schema, refuse('json'))
  return before(validate, async (c) => {
    if (!(options.optional && c.req.header('content-type') === undefined && (await readBody(c)) === ''))
      await requireJson(c, options.limit)
  })
}

/** Runs `check` before the validator, under the validator's own type and description. */
function before<M extends MiddlewareHandler<AppEnv, string, never>>(
  validate: M,
  check: (c: Parameters<M>[0]) => Promise<void>,
): M {
  const checked = async (c: Parameters<M>[0], next: Parameters<M>[1]) => {
    await check(c)
    return validate(c, next)
  }
  return withMark(checked, validate)
}

/** The two functions take and give the same, so the wrapped one may stand for the other; the mark feeds OpenAPI. */
function withMark<M extends object>(wrapped: object, original: M): M {
  return Object.assign(wrapped, { [uniqueSymbol]: Reflect.get(original, uniqueSymbol) }) as M
}

/** `limit` and `cursor` of a list. */
export const PageQuery = {
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,3}$/, 'Expected a number from 1 to 500'),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(500),
    ),
    '50',
  ),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
}

/** `{items, next}`: `next` is the cursor of the following page, or null at the end. */
export function page<const S extends Schema>(item: S) {
  return v.strictObject({ items: v.array(item), next: v.nullable(v.string()) })
}
