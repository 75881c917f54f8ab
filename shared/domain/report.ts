// The tool contract (design §7): what a tool tells, and nothing of who listens.
import * as v from 'valibot'
import { ItemDetail, ItemKind, type LogLevel, Origin, Outcome, Severity } from './run.ts'

/** The closed list of what an artifact may be; it is served as a download and never rendered. */
export const ArtifactMediaType = v.picklist([
  'application/json',
  'application/x-ndjson',
  'application/gzip',
  'text/csv',
  'text/html',
  'text/plain',
])
export type ArtifactMediaType = v.InferOutput<typeof ArtifactMediaType>

export const ArtifactName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/, 'Expected 1 to 120 letters, digits, ".", "_" or "-"'),
)

export const ProgressReport = v.strictObject({
  done: v.number(),
  /** Null while it is not known. */
  total: v.nullable(v.number()),
  unit: v.string(),
  message: v.nullable(v.string()),
})
export type ProgressReport = v.InferOutput<typeof ProgressReport>

export const ItemReport = v.strictObject({
  kind: ItemKind,
  name: v.string(),
  outcome: Outcome,
  detail: ItemDetail,
})
export type ItemReport = v.InferOutput<typeof ItemReport>

export const IssueReport = v.strictObject({
  code: v.pipe(v.string(), v.regex(/^[a-z0-9_]+$/)),
  severity: Severity,
  origin: Origin,
  retryable: v.boolean(),
  /** What it is about, e.g. `index:orders`, or null for the whole run. */
  scope: v.nullable(v.string()),
  message: v.string(),
  evidence: v.record(v.string(), v.unknown()),
  remedy: v.nullable(v.string()),
})
export type IssueReport = v.InferOutput<typeof IssueReport>

/**
 * Where a tool speaks. Calls are cheap and never throw; the implementation batches and delivers them.
 * An item is identified by kind and name: telling it again replaces it. An issue by code and scope: telling it
 * again counts it.
 */
export interface Report {
  progress(progress: ProgressReport): void
  item(item: ItemReport): void
  issue(issue: IssueReport): void
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void
  /** Streams a file to the artifact store; resolves when it is durable. */
  artifact(name: string, mediaType: ArtifactMediaType, content: AsyncIterable<Uint8Array>): Promise<void>
}
