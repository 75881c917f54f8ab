import * as v from 'valibot'
import type { ArtifactStore } from '../shared/artifacts/store.ts'
import type { ClusterConnector } from '../shared/cluster/client.ts'
import type { Db } from '../shared/db/database.ts'
import type { Queues } from '../shared/queue/enqueue.ts'
import type { Queue } from '../shared/queue/queues.ts'
import type { Repositories } from '../shared/repositories/port.ts'
import type { Seal } from '../shared/seal.ts'
import type { Engine, Workflows } from '../shared/workflows/port.ts'

type Fields = Record<string, unknown>

/** What a job may use. A door provides it. */
export type JobContext = {
  db: Db
  queues: Queues
  clusters: ClusterConnector
  seal: Seal
  artifacts: ArtifactStore
  repositories: Repositories
  /** Runs the steps of heavy tools. */
  engine: Engine
  /** The engine's own workflows; null where the local engine runs them. */
  workflows: Workflows | null
  /** The name under which this process holds runs. */
  owner: string
  log: Record<'debug' | 'info' | 'warn' | 'error', (message: string, fields?: Fields) => void>
  /** Aborts when the process is to end or the job is cancelled. */
  signal: AbortSignal
}

export type Job = {
  queue: Queue<never>
  handle(input: unknown, context: JobContext): Promise<void>
}

/** A job of one queue. Its input is parsed again on arrival: what was sent may be older than this code. */
export function job<Input extends object>(
  queue: Queue<Input>,
  act: (input: Input, context: JobContext) => Promise<void>,
): Job {
  return {
    queue: queue as unknown as Queue<never>,
    handle: (input, context) => act(v.parse(queue.input, input), context),
  } // the input type is checked by the parse, so a list of jobs need not know it
}
