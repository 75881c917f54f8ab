import * as v from 'valibot'

/** One thing wrong with an input: where, what, and what to do. `path` is a JSON pointer such as `/source/endpoint`. */
export const FieldError = v.pipe(
  v.strictObject({ path: v.string(), code: v.string(), message: v.string(), hint: v.nullable(v.string()) }),
  v.metadata({ ref: 'FieldError' }),
)
export type FieldError = v.InferOutput<typeof FieldError>

/** Says valibot's (or any Standard Schema's) findings as field errors. */
export function fieldErrors(issues: readonly unknown[]): FieldError[] {
  return issues.slice(0, 100).map((issue) => {
    const found = v.parse(IssueLike, issue)
    const received = found.received ?? 'something else'
    // The value may be a secret in a wrong place; the name of a key that is not known is what the reader needs.
    const shown = found.type === 'strict_object' ? received : kindOf(received)
    return {
      path: pointer(found.path ?? []),
      code: found.type ?? 'invalid',
      message: found.message.replace(`but received ${received}`, () => `but received ${shown}`),
      hint: found.expected ? `Expected ${found.expected}, found ${shown}` : null,
    }
  })
}

function kindOf(received: string): string {
  if (received.startsWith('"')) return 'another text'
  return /^-?\d/.test(received) ? 'another number' : received
}

const IssueLike = v.object({
  message: v.string(),
  type: v.optional(v.string()),
  expected: v.nullish(v.string()),
  received: v.optional(v.string()),
  path: v.optional(v.array(v.union([v.object({ key: v.unknown() }), v.string(), v.number()]))),
})

type Step = { key?: unknown } | string | number

function pointer(path: readonly Step[]): string {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
