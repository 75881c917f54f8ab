import * as v from 'valibot'
import { Action, Status } from './run.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const SessionName = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9]([A-Za-z0-9_-]{0,48}[A-Za-z0-9])?$/,
    'Expected 1 to 50 letters, digits, "-" or "_", beginning and ending with a letter or digit',
  ),
  v.check((name) => !isUuid(name), 'A session name cannot look like an id'),
  v.metadata({ ref: 'SessionName' }),
)
export type SessionName = v.InferOutput<typeof SessionName>

/** A session is addressed by its name or its id; no name has the form of an id. */
export function isUuid(text: string): boolean {
  return uuid.test(text)
}

export const ActionSummary = v.pipe(
  v.strictObject({ status: Status, percent: v.nullable(v.number()) }),
  v.metadata({ ref: 'ActionSummary' }),
)

/** One migration: where it is configured and watched. `actions` says of each action how its latest run stands. */
export const Session = v.pipe(
  v.strictObject({
    id: v.pipe(v.string(), v.uuid()),
    name: v.string(),
    description: v.string(),
    createdAt: v.string(),
    updatedAt: v.string(),
    archivedAt: v.nullable(v.string()),
    actions: v.record(Action, ActionSummary),
    openIssues: v.number(),
    source: v.nullable(v.strictObject({ endpoint: v.nullable(v.string()), version: v.nullable(v.string()) })),
    target: v.nullable(v.strictObject({ endpoint: v.nullable(v.string()), version: v.nullable(v.string()) })),
    lastActivityAt: v.string(),
  }),
  v.metadata({ ref: 'Session' }),
)
export type Session = v.InferOutput<typeof Session>
