// What a door puts into every request. Handlers see these interfaces and no runtime.
import { Hono } from 'hono'
import type { ArtifactStore } from '../artifacts/store.ts'
import type { DoorClusters } from '../cluster/client.ts'
import type { Db } from '../db/database.ts'
import type { SessionRow } from '../db/sessions.ts'
import type { Principal } from '../domain/access.ts'
import type { Run } from '../domain/run.ts'
import type { Queues } from '../queue/enqueue.ts'
import type { Repositories } from '../repositories/port.ts'
import type { Seal } from '../seal.ts'
import type { Signer } from '../sign.ts'
import type { WorkflowReader } from '../workflows/reader.ts'

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Counts what is served; `render` is Prometheus text, or null where metrics are closed or the runtime keeps none. */
export interface Metrics {
  observe(request: { method: string; route: string; status: number; seconds: number }): void
  render(db: Db): Promise<string | null>
}

/** Wakes whoever waits for events of a session. */
export interface EventBell {
  /** Resolves at the next event of the session, after `timeoutMs`, or when the signal aborts. */
  next(sessionId: string, timeoutMs: number, signal: AbortSignal): Promise<void>
}

export type Door = {
  version: string
  runtime: 'node' | 'deno' | 'workerd'
  engine: 'local' | 'argo'
  startedAt: string
  basePath: string
}

export type Variables = {
  db: Db
  queues: Queues
  clusters: DoorClusters
  seal: Seal
  /** Null where no MA_SIGNING_KEY is set: certificates are then issued unsigned. */
  signer: Signer | null
  artifacts: ArtifactStore
  repositories: Repositories
  workflows: WorkflowReader
  log: Log
  metrics: Metrics
  bell: EventBell
  door: Door
  /** The peer's address, where the runtime tells it. */
  address: string | null
  requestId: string
  /** Why the caller did it, where the body says so; kept in the audit entry. */
  reason: string | null
  traceparent: string | null
  principal: Principal
  /** The session in the path. Set by `operation()` on every route below `/sessions/:session`. */
  session: SessionRow
  /** The run in the path. Set by `operation()` on every route below `/runs/:run`. */
  run: Run
}

export type AppEnv = { Variables: Variables }

/** A whole small program: one route of the API. */
export function route() {
  return new Hono<AppEnv>()
}
