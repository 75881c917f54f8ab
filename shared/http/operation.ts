// The one ceremony of a route: what it is called, who may call it, what it answers, how it can fail.
import type { MiddlewareHandler } from 'hono'
import { describeRoute, resolver, uniqueSymbol } from 'hono-openapi'
import type * as v from 'valibot'
import type { UserRole } from '../domain/access.ts'
import { type ProblemCode, ProblemDocument, problemStatus, problemTitle } from '../problems.ts'
import type { AppEnv } from './context.ts'
import { guard } from './guard.ts'
import { guardRun } from './guard-run.ts'

type Schema = v.GenericSchema
type Answer = Schema | { mediaType: string; description: string } | null

export type Operation = {
  /** Folder and file of the handler in camelCase: `handlers/metadata/start.ts` is `metadataStart`. */
  id: string
  summary: string
  /** `public` needs no token; `run` is for the tool of the run alone. */
  access: UserRole | 'public' | 'run'
  returns: Record<number, Answer | Answer[]>
  problems?: readonly ProblemCode[]
  /** Header parameters that the route reads, by name and sentence. */
  headers?: Record<string, string>
  /** A mutating route that keeps no idempotency keys: sign-in and tokens. */
  forgetful?: boolean
}

/** Describes the route in the OpenAPI document and guards it: token, scope, role, origin, audit, idempotency. */
export function operation(spec: Operation): MiddlewareHandler<AppEnv> {
  const described = describeRoute(describe(spec))
  const { access } = spec
  const guarded = access === 'run' ? guardRun() : guard({ ...spec, access })
  return Object.assign(guarded, { [uniqueSymbol]: Reflect.get(described, uniqueSymbol) })
}

function describe(spec: Operation) {
  const open = spec.access === 'public'
  const always: ProblemCode[] = open
    ? ['invalid_input', 'internal']
    : ['invalid_input', 'not_authenticated', 'not_allowed', 'too_many_requests', 'internal', 'unavailable']
  return {
    operationId: spec.id,
    summary: spec.summary,
    tags: [spec.id.split(/(?=[A-Z])/, 1).join('')],
    security: open
      ? []
      : (spec.access === 'run' ? ['token'] : ['token', 'cookie']).map((scheme) => ({ [scheme]: [] })),
    'x-access': spec.access,
    parameters: Object.entries(spec.headers ?? {}).map(([name, description]) => ({
      name,
      in: 'header' as const,
      required: false,
      description,
      schema: { type: 'string' as const },
    })),
    responses: { ...answers(spec.returns), ...problems([...always, ...(spec.problems ?? [])]) },
  }
}

function answers(returns: Operation['returns']) {
  return Object.fromEntries(
    Object.entries(returns).map(([status, answer]) => {
      const kinds = [answer].flat().filter((kind) => kind !== null)
      const content = Object.fromEntries(
        kinds.map((kind) =>
          'mediaType' in kind
            ? // A file: any value where it is JSON or YAML, text otherwise.
              [
                kind.mediaType,
                { schema: /json|yaml/.test(kind.mediaType) ? {} : { type: 'string' as const } },
              ]
            : ['application/json', { schema: resolver(kind) }],
        ),
      )
      return [status, { description: describeStatus(Number(status)), ...(kinds.length ? { content } : {}) }]
    }),
  )
}

function describeStatus(status: number): string {
  if (status === 201) return 'Created'
  if (status === 202) return 'Accepted: the run is open'
  return status === 204 ? 'Done' : 'OK'
}

function problems(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(new Set(codes), problemStatus)
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${problemTitle(code)}`).join('. '),
        content: { 'application/problem+json': { schema: resolver(ProblemDocument) } },
      },
    ]),
  )
}
